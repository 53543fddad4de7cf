import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ABSENT, createLedger, type Ledger, PRESENT } from './ledger.ts';

// A judge that never objects would pass every kill: these are its objections.
describe('the ledger', () => {
  let directory: string;
  let ledger: Ledger;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-ledger-'));
    ledger = await createLedger(join(directory, 'facts.jsonl'));
  });

  afterEach(async () => {
    await ledger.close();
    await rm(directory, { recursive: true, force: true });
  });

  const begin = (name: string, value: string, onlyOver?: string) =>
    ledger.begin({ op: 'test', repository: 'r' }, [
      { name, value, ...(onlyOver !== undefined && { onlyOver }) },
    ]);
  const faultNow = (name: string, value: string) => ledger.findFault(name, value, ledger.now());

  it('objects when an acknowledged push is gone', async () => {
    await ledger.acknowledge(begin('blob', PRESENT));
    expect(faultNow('blob', PRESENT)).toBeUndefined();
    expect(faultNow('blob', ABSENT)).toBe('blob is absent, but can only be present');
  });

  it('objects when an acknowledged delete comes back', async () => {
    await ledger.acknowledge(begin('blob', PRESENT));
    await ledger.acknowledge(begin('blob', ABSENT));
    expect(faultNow('blob', PRESENT)).toBeDefined();
  });

  it('takes either end of a request that was cut, but nothing older once it is seen', async () => {
    await ledger.acknowledge(begin('tag', 'one'));
    begin('tag', 'two');
    ledger.settle();
    expect([faultNow('tag', 'one'), faultNow('tag', 'two')]).toEqual([undefined, undefined]);
    expect(faultNow('tag', ABSENT)).toBeDefined();
    ledger.observe('tag', 'two');
    expect(faultNow('tag', 'one')).toBeDefined();
  });

  it('forgets a cut request once a later one is acknowledged', async () => {
    begin('tag', 'one');
    ledger.settle();
    await ledger.acknowledge(begin('tag', 'two'));
    expect(faultNow('tag', 'one')).toBeDefined();
  });

  it('lets two requests at the same time end in either order', async () => {
    const one = begin('tag', 'one');
    const two = begin('tag', 'two');
    await ledger.acknowledge(two);
    await ledger.acknowledge(one);
    expect(ledger.possible('tag')).toEqual(new Set(['one', 'two']));
  });

  it('takes only those tags along with a manifest that point to it', async () => {
    await ledger.acknowledge(begin('tag', 'one'));
    await ledger.acknowledge(begin('tag', ABSENT, 'two'));
    expect(ledger.possible('tag')).toContain('one');
    await ledger.acknowledge(begin('tag', ABSENT, 'one'));
    expect(ledger.possible('tag')).toEqual(new Set([ABSENT]));
  });

  it('forgets what was refused', () => {
    ledger.withdraw(begin('tag', 'one'));
    expect(ledger.possible('tag')).toEqual(new Set([ABSENT]));
  });

  it('writes acknowledged facts, and no others, to its file', async () => {
    const written = begin('tag', 'one');
    begin('tag', 'two');
    await ledger.acknowledge(written);
    const lines = (await readFile(join(directory, 'facts.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ op: 'test', repository: 'r', t: 3 }]);
  });
});
