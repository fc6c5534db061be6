import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const css = readFileSync('src/styles/tokens.css', 'utf8');

function values(start: string): string[] {
  const from = css.indexOf('{', css.indexOf(start)) + 1;
  return css.slice(from, css.indexOf('}', from)).split(';').map((line) => line.trim()).filter((line) => line.startsWith('--'));
}

it('dark is the same, whether the system asks for it or the person', () => {
  const system = values(":root:not([data-theme='light'])");
  expect(system.length).toBeGreaterThan(30);
  expect(values(":root[data-theme='dark']")).toEqual(system);
});

it('asks no other host for anything', () => {
  expect(css).not.toMatch(/https?:|@import/);
});
