import { OciError } from '@berth/oci';
import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { createRepositoryDirectory } from './repository-directory.ts';

/** Rows in memory: every repository of project 1 can be made, none of another. */
function setUp() {
  const rows = new Map<string, { id: number; projectId: number }>();
  let reads = 0;
  const directory = createRepositoryDirectory({
    findByName(name) {
      reads += 1;
      return Promise.resolve(rows.get(name));
    },
    ensure(name, projectId) {
      if (projectId !== 1) {
        return Promise.reject(Object.assign(new DatabaseError('', 0, 'error'), { code: '23503' }));
      }
      const row = rows.get(name) ?? { id: rows.size + 1, projectId };
      rows.set(name, row);
      return Promise.resolve(row);
    },
    listNames: () => Promise.resolve([...rows.keys()]),
  });
  return { directory, rows, reads: () => reads };
}

describe('ids of repositories', () => {
  it('are read once', async () => {
    const { directory, rows, reads } = setUp();
    rows.set('a/b', { id: 5, projectId: 1 });
    expect(await directory.getId('a/b')).toBe(5);
    expect(await directory.findId('a/b')).toBe(5);
    expect(reads()).toBe(1);
  });

  it('that are absent are asked for every time', async () => {
    const { directory, rows } = setUp();
    expect(await directory.findId('a/b')).toBeUndefined();
    await expect(directory.getId('a/b')).rejects.toMatchObject({ code: 'NAME_UNKNOWN' });
    rows.set('a/b', { id: 5, projectId: 1 });
    expect(await directory.getId('a/b')).toBe(5);
  });

  it('are made when they are needed, and known from then on', async () => {
    const { directory, reads } = setUp();
    const id = await directory.ensureId('a/b', 1);
    expect(await directory.getId('a/b')).toBe(id);
    expect(reads()).toBe(0);
  });

  it('cannot be made without a project', async () => {
    const { directory } = setUp();
    await expect(directory.ensureId('a/b', 2)).rejects.toThrow(OciError);
    await expect(directory.ensureId('a/b', 2)).rejects.toMatchObject({ code: 'NAME_UNKNOWN' });
  });

  it.each([['a/b'], [undefined]])('are read again after forget(%s)', async (name) => {
    const { directory, rows } = setUp();
    await directory.ensureId('a/b', 1);
    rows.set('a/b', { id: 77, projectId: 1 });
    directory.forget(name);
    expect(await directory.getId('a/b')).toBe(77);
  });
});

describe('tracking', () => {
  it('gives one object a name', () => {
    const { directory } = setUp();
    expect(directory.track('a/b')).toBe(directory.track('a/b'));
    expect(directory.track('a/b')).not.toBe(directory.track('a/c'));
  });

  it('forgetting raises the epoch of those meant', () => {
    const { directory } = setUp();
    const [ours, other] = [directory.track('a/b'), directory.track('a/c')];
    directory.forget('a/b');
    expect([ours.epoch, other.epoch]).toEqual([1, 0]);
    directory.forget();
    expect([ours.epoch, other.epoch]).toEqual([2, 1]);
    directory.forget('never/seen');
  });

  it('gives an evicted repository an epoch that equals nothing', () => {
    const { directory } = setUp();
    const evicted = directory.track('a/b');
    for (let index = 0; index < 50_000; index += 1) directory.track(`x/${index}`);
    expect(evicted.epoch).toBeNaN();
    expect(directory.track('a/b')).not.toBe(evicted);
  });
});
