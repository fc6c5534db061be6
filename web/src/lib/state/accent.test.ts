import { describe, expect, it } from 'vitest';
import { contrast, inkOn, showAccent } from './accent';

describe('the workplace colour', () => {
  it('knows the extremes', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrast('#777777', '#777777')).toBeCloseTo(1);
  });
  it.each(['#ffff00', '#1c6b5a', '#ff0000', '#0000ff', '#888888', '#ffffff', '#000000', '#3b82f6'])('text on %s can be read', (colour) => {
    expect(contrast(colour, inkOn(colour))).toBeGreaterThanOrEqual(4.5);
  });
  it('ignores what is no colour', () => {
    const root = document.createElement('div');
    showAccent('red;}', root);
    expect(root.style.getPropertyValue('--accent-base')).toBe('');
  });
});
