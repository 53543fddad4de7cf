import { describe, expect, it } from 'vitest';
import { draftOf, findLabelFaults } from './label-draft.ts';

describe('a label as it is typed', () => {
  it('is judged by the bytes of its name', () => {
    const draft = draftOf(undefined);
    expect(findLabelFaults({ ...draft, name: 'a'.repeat(128) }).name).toBe(false);
    expect(findLabelFaults({ ...draft, name: '签'.repeat(43) }).name).toBe(true);
  });

  it('may have a description of 1,024 characters', () => {
    const draft = draftOf(undefined);
    expect(findLabelFaults({ ...draft, description: 'a'.repeat(1024) }).description).toBe(false);
    expect(findLabelFaults({ ...draft, description: 'a'.repeat(1025) }).description).toBe(true);
  });
});
