import { describe, expect, it } from 'vitest';
import { after } from './words';

describe('what came after the act', () => {
  it.each([
    [0, null, 'No request after it.'],
    [0, '2026-11-25T10:00:00.000Z', 'None after it; the last request was at 25 Nov 2026, 10:00:00 UTC.'],
    [0.042, '2026-11-25T10:00:00.042Z', 'The last request was 0.042 s after it, at 25 Nov 2026, 10:00:00 UTC.'],
  ])('%s s, %s', (seconds, last, told) => {
    expect(after(seconds, last, 'request')).toBe(told);
  });
});
