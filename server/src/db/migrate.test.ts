import { describe, expect, it } from 'vitest';
import { type Migration, selectPending } from './migrate.ts';

const one: Migration = { version: 1, name: 'init', checksum: 'a', sql: '' };
const two: Migration = { version: 2, name: 'more', checksum: 'b', sql: '' };

describe('choosing the pending migrations', () => {
  it('takes those after the last applied one', () => {
    expect(selectPending([one, two], [])).toEqual([one, two]);
    expect(selectPending([one, two], [one])).toEqual([two]);
    expect(selectPending([one, two], [one, two])).toEqual([]);
  });

  it('refuses a database that is newer than the program', () => {
    expect(() => selectPending([one], [one, two])).toThrow(/has migration 2 \(more\).*newer Berth/);
  });

  it('refuses a file that was changed after it was applied', () => {
    const changed = { ...one, checksum: 'c' };
    expect(() => selectPending([changed, two], [one])).toThrow(/1 \(init\) was changed after/);
  });

  it('refuses a database with a gap in its history', () => {
    expect(() => selectPending([one, two], [two])).toThrow(/lacks migration 1 but has 2/);
  });
});
