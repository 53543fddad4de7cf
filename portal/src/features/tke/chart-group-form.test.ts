import { expect, test } from 'vitest';
import { formOf, isComplete, presentForm } from './chart-group-form.ts';

const form = { ...formOf(undefined, 'bob'), name: 'apps' };

test('a new group lists its maker', () => {
  expect(presentForm(form, true)).toMatchObject({
    name: 'apps',
    type: 'SelfBuilt',
    visibility: 'User',
    users: ['bob'],
    projects: [],
  });
});

test('names and kinds are for good', () => {
  const spec = presentForm(form, false);
  expect(spec).not.toHaveProperty('name');
  expect(spec).not.toHaveProperty('type');
});

test('users go when others are to read', () => {
  expect(presentForm({ ...form, visibility: 'Public' }, false)).toMatchObject({ users: [] });
});

test('a password is sent in base64 of UTF-8, and only when it was typed', () => {
  const imported = { ...form, type: 'Imported' as const, addr: 'https://c.example.com' };
  expect(presentForm({ ...imported, password: 'pä' }, false)).toMatchObject({
    importedInfo: { addr: 'https://c.example.com', password: 'cMOk' },
  });
  expect(presentForm(imported, false)).toEqual(
    expect.objectContaining({ importedInfo: { addr: 'https://c.example.com', username: '' } }),
  );
});

test('an imported group needs an address', () => {
  expect(isComplete(form)).toBe(true);
  expect(isComplete({ ...form, type: 'Imported' })).toBe(false);
  expect(isComplete({ ...form, type: 'Imported', addr: 'ftp://x' })).toBe(false);
});
