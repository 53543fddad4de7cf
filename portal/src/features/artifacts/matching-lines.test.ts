import { expect, it } from 'vitest';
import { matchingLines } from './matching-lines.ts';

it('finds the lines with a text in any case, with their numbers', () => {
  expect(matchingLines('a: 1\nImage: x\nb: image', 'IMAGE')).toEqual([
    { number: 2, line: 'Image: x' },
    { number: 3, line: 'b: image' },
  ]);
});
