import { expect, it } from 'vitest';
import { findPlace } from './resource-place.ts';

const pull = {
  id: 1,
  op_time: '2026-11-21T10:00:00.000Z',
  username: 'ann',
  resource: 'library/team/app:1.0',
  resource_type: 'artifact',
  operation: 'pull',
  operation_description: '',
  operation_result: true,
};

it('an artifact is where its repository and tag say', () => {
  expect(findPlace(pull)).toEqual({ project: 'library', reference: 'team/app:1.0' });
});

it('a project has a page by its name', () => {
  const entry = { ...pull, resource: 'library', resource_type: 'project', operation: 'create' };
  expect(findPlace(entry)).toEqual({ project: 'library' });
});

it.each([
  { operation: 'delete' },
  { operation_result: false },
  { resource_type: 'quota' },
  { resource: 'app' },
])('what is gone, refused or without a page is nowhere: %j', (change) => {
  expect(findPlace({ ...pull, ...change })).toBeUndefined();
});
