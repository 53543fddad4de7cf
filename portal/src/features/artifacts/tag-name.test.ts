import { describe, expect, it } from 'vitest';
import { isTagName } from './tag-name.ts';

describe('names', () => {
  it('of tags are those of the distribution specification', () => {
    for (const name of ['1.0', '_x', 'A-b.c', 'x'.repeat(128)]) expect(isTagName(name)).toBe(true);
    for (const name of ['', '.a', '-a', 'a b', 'a/b', 'a:b', 'é', 'x'.repeat(129)]) {
      expect(isTagName(name)).toBe(false);
    }
  });
});
