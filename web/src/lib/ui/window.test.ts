import { describe, expect, it } from 'vitest';
import { rowWindow } from './window';

describe('rowWindow', () => {
  it('draws only what can be seen, and a few more', () => {
    expect(rowWindow(200, 800, 50, 100_000, 5)).toEqual({ from: 0, to: 17 });
    expect(rowWindow(-50_000, 800, 50, 100_000, 5)).toEqual({ from: 995, to: 1021 });
  });
  it('never leaves the list', () => {
    expect(rowWindow(-9_000_000, 800, 50, 10)).toEqual({ from: 10, to: 10 });
    expect(rowWindow(5000, 800, 50, 10)).toEqual({ from: 0, to: 0 });
    expect(rowWindow(0, 800, 50, 0)).toEqual({ from: 0, to: 0 });
  });
});
