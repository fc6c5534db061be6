import { describe, expect, it } from 'vitest';
import { ago, count, initials, number, people, percent, size } from './format';

const now = Date.parse('2026-03-10T12:00:00Z');

describe('format', () => {
  it.each([
    ['2026-03-10T11:59:58Z', 'just now'],
    ['2026-03-10T11:55:00Z', '5 minutes ago'],
    ['2026-03-09T11:00:00Z', 'yesterday'],
    ['2026-03-22T12:00:00Z', 'in 12 days'],
    ['2024-03-10T12:00:00Z', '2 years ago'],
  ])('%s reads %s', (at, text) => expect(ago(at, now)).toBe(text));

  it('counts in words', () => {
    expect(people(1)).toBe('1 person');
    expect(people(100000)).toBe('100,000 people');
    expect(count(2, 'row')).toBe('2 rows');
    expect(number(1234567)).toBe('1,234,567');
  });

  it.each([
    [1, '1 kB'],
    [70_000, '69 kB'],
    [2_411_725, '2.3 MB'],
  ])('%d bytes are %s', (bytes, text) => expect(size(bytes)).toBe(text));

  it.each([
    [0, 0, '0%'],
    [1, 1000, '<1%'],
    [999, 1000, '>99%'],
    [1, 2, '50%'],
    [3, 3, '100%'],
  ])('%d of %d is %s', (part, whole, text) => expect(percent(part, whole)).toBe(text));

  it.each([
    ['Zoë Çelik', 'ZÇ'],
    ['Ada', 'A'],
    ['Jean-Luc van der Berg', 'JB'],
    ['', '?'],
    ["'t Hooft", 'TH'],
  ])('initials of %s are %s', (name, text) => expect(initials(name)).toBe(text));
});
