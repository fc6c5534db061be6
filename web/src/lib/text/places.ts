/** Languages and time zones to choose from, named in British English by the browser itself. */
const LANGUAGES = ['en-GB', 'en-US', 'bg-BG', 'cs-CZ', 'da-DK', 'de-AT', 'de-CH', 'de-DE', 'el-GR', 'es-ES', 'es-MX', 'et-EE', 'fi-FI', 'fr-BE', 'fr-CH', 'fr-FR', 'hr-HR', 'hu-HU', 'it-IT', 'lt-LT', 'lv-LV', 'nb-NO', 'nl-BE', 'nl-NL', 'pl-PL', 'pt-BR', 'pt-PT', 'ro-RO', 'sk-SK', 'sl-SI', 'sv-SE', 'tr-TR', 'uk-UA'];
const names = new Intl.DisplayNames('en-GB', { type: 'language' });

export function languageName(tag: string): string {
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export interface Option {
  value: string;
  label: string;
}

/** All languages offered, and `current` even where it is none of them. */
export function languages(current?: string | null): Option[] {
  const tags = current && !LANGUAGES.includes(current) ? [current, ...LANGUAGES] : LANGUAGES;
  return tags.map((value) => ({ value, label: languageName(value) })).sort((a, b) => a.label.localeCompare(b.label, 'en-GB'));
}

export function timeZones(current?: string | null): Option[] {
  const all = new Set([...(current ? [current] : []), 'UTC', ...Intl.supportedValuesOf('timeZone')]);
  return [...all].map((value) => ({ value, label: value.replace(/_/g, ' ') }));
}
