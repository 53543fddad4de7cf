import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal } from './journal.ts';

const order = { source: 'harbor https://a', destination: 'https://b' };
let directory = '';
let path = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-journal-'));
  path = join(directory, 'state.jsonl');
});
afterEach(() => rm(directory, { recursive: true }));

describe('a journal', () => {
  it('has what was noted, after it was opened again', async () => {
    const first = await openJournal(path, order);
    await Promise.all([first.note('a', '1'), first.note('b', '2'), first.note('a', '3')]);
    // Not closed: as after a kill.
    const again = await openJournal(path, order);
    expect([again.find('a'), again.find('b'), again.find('c')]).toEqual(['3', '2', undefined]);
    await again.close();
    await first.close();
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(5);
  });

  it('gets over a line that a kill tore, and writes the next one whole', async () => {
    const first = await openJournal(path, order);
    await first.note('a', '1');
    await first.close();
    await appendFile(path, '{"item":"b","val');
    const second = await openJournal(path, order);
    expect(second.find('b')).toBeUndefined();
    await second.note('c', '3');
    await second.close();
    const third = await openJournal(path, order);
    expect([third.find('a'), third.find('c')]).toEqual(['1', '3']);
    await third.close();
  });

  it('begins anew when its very first line was torn', async () => {
    await writeFile(path, '{"source":"harb');
    const journal = await openJournal(path, order);
    await journal.note('a', '1');
    await journal.close();
    const again = await openJournal(path, order);
    expect(again.find('a')).toBe('1');
    await again.close();
  });

  it('is of one source and one destination', async () => {
    await (await openJournal(path, order)).close();
    const other = { ...order, destination: 'https://c' };
    await expect(openJournal(path, other)).rejects.toThrow(/another migration .*to https:\/\/b\)/);
  });

  it.each(['notes\n', 'no newline', '{"a":1}\n', '{"a":1}', 'two\nlines\n'])(
    'leaves a file alone that is none: %j',
    async (content) => {
      await writeFile(path, content);
      await expect(openJournal(path, order)).rejects.toThrow('is no journal of a migration');
      expect(await readFile(path, 'utf8')).toBe(content);
    },
  );
});
