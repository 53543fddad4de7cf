import { expect, it } from 'vitest';
import { findNameProblem } from './project-name.ts';

it.each(['a', 'library', '2048', 'team-a', 'a.b_c-d', 'a'.repeat(255)])(
  '“%s” is a name',
  (name) => {
    expect(findNameProblem(name)).toBeUndefined();
  },
);

it.each(['', 'Team', '-a', 'a-', 'a..b', 'a--b', 'a/b', 'a b', '项目', 'a\n'])(
  '%j is no name',
  (name) => {
    expect(findNameProblem(name)).toBe('nameRule');
  },
);

it('a name has an end', () => {
  expect(findNameProblem('a'.repeat(256))).toBe('nameLong');
});
