import { describe, expect, it } from 'vitest';
import { LABEL_COLORS, markColorOn } from './label-colors.ts';

describe('colours of labels', () => {
  it('are 32 different ones', () => {
    expect(new Set(LABEL_COLORS).size).toBe(32);
  });

  it('are marked with black or white, whichever is seen', () => {
    expect(markColorOn('#FFFFFF')).toBe('black');
    expect(markColorOn('#FFDC0B')).toBe('black');
    expect(markColorOn('#000000')).toBe('white');
    expect(markColorOn('#343DAC')).toBe('white');
  });
});
