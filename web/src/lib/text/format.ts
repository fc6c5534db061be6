/** How numbers and times read. One locale for all: the viewer's browser, in the spelling of this app. */
const LOCALE = 'en-GB';
const numbers = new Intl.NumberFormat(LOCALE);
const days = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' });
const moments = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });

export const number = (n: number) => numbers.format(n);
export const date = (at: string | number | Date) => days.format(new Date(at));
export const moment = (at: string | number | Date) => moments.format(new Date(at));

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** "3 hours ago", "in 12 days", "just now". */
export function ago(at: string, now: number = Date.now()): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return seconds > 5 ? 'in less than a minute' : 'just now';
}

/** "1 person", "2,000 people". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}
export const people = (n: number) => count(n, 'person', 'people');

/** "69 kB", "2.3 MB". */
export const size = (bytes: number) => (bytes < 1024 * 1024 ? `${number(Math.ceil(bytes / 1024))} kB` : `${number(Math.round((bytes / 1024 / 1024) * 10) / 10)} MB`);

export function percent(part: number, whole: number): string {
  if (whole === 0) return '0%';
  const value = (part / whole) * 100;
  return `${value > 0 && value < 1 ? '<1' : value > 99 && value < 100 ? '>99' : Math.round(value)}%`;
}

/** The letters that stand for a person without a photo. */
export function initials(name: string): string {
  const words = name.normalize('NFC').split(/\s+/).filter((w) => /\p{L}/u.test(w));
  const letter = (w: string | undefined) => [...(w ?? '')].find((c) => /\p{L}/u.test(c)) ?? '';
  return (letter(words[0]) + (words.length > 1 ? letter(words.at(-1)) : '')).toLocaleUpperCase(LOCALE) || '?';
}

export const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
