import type { GivenCode } from '$lib/api/codes';

const HEADINGS = ['Name', 'Employee ID', 'Department', 'Access code', 'Link', 'Valid until'];

/** A cell as a spreadsheet takes it: on one line, and never for a formula. */
function cell(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return /^[=+\-@]/.test(line) ? `'${line}` : line;
}

/** Codes as lines with tabs, to be put into a spreadsheet or a letter. */
export function asText(codes: GivenCode[]): string {
  const row = (c: GivenCode) => [c.display_name, c.employee_id ?? '', c.department ?? '', c.code, c.link, c.expires_at.slice(0, 10)].map(cell);
  return [HEADINGS, ...codes.map(row)].map((line) => line.join('\t')).join('\n');
}
