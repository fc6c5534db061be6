/** Colour arithmetic of WCAG 2.2 for the workplace's own colour. */
function channels(hex: string): [number, number, number] | null {
  const m = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  return m ? [parseInt(m[1] ?? '', 16), parseInt(m[2] ?? '', 16), parseInt(m[3] ?? '', 16)] : null;
}

function luminance(rgb: [number, number, number]): number {
  const [r, g, b] = rgb.map((v) => {
    const c = v / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The contrast of two colours, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [x, y] = [channels(a), channels(b)];
  if (!x || !y) return 1;
  const [l1, l2] = [luminance(x), luminance(y)];
  return (Math.max(l1, l2) + 0.05) / (Math.min(l1, l2) + 0.05);
}

/** The colour of text that can be read on `colour`: white where it holds 4.5:1, else near-black. */
export function inkOn(colour: string): '#ffffff' | '#101512' {
  return contrast(colour, '#ffffff') >= 4.5 || contrast(colour, '#ffffff') >= contrast(colour, '#101512') ? '#ffffff' : '#101512';
}

/** Dresses the page in the workplace's colour. */
export function showAccent(colour: string, root: HTMLElement = document.documentElement): void {
  if (!channels(colour)) return;
  root.style.setProperty('--accent-base', colour);
  root.style.setProperty('--accent-ink', inkOn(colour));
}
