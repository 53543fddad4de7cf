import { describe, expect, it } from 'vitest';
import { nodeFileSystem } from './durable.ts';
import { Writeback } from './writeback.ts';

const MIB = 1024 * 1024;

function setUp() {
  const syncs: PromiseWithResolvers<void>[] = [];
  const files = {
    ...nodeFileSystem,
    datasync: () => {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      return sync.promise;
    },
  };
  return { syncs, writeback: new Writeback(files, 7) };
}

describe('early writeback', () => {
  it('leaves short uploads to the fsync at their end', async () => {
    const { syncs, writeback } = setUp();
    for (let index = 0; index < 15; index += 1) writeback.add(MIB);
    await writeback.settle();
    expect(syncs).toHaveLength(0);
  });

  it('runs one sync at a time, and waits for it', async () => {
    const { syncs, writeback } = setUp();
    writeback.add(16 * MIB);
    writeback.add(64 * MIB);
    expect(syncs).toHaveLength(1);
    let isSettled = false;
    const settling = writeback.settle().then(() => {
      isSettled = true;
    });
    await Promise.resolve();
    expect(isSettled).toBe(false);
    syncs[0]?.resolve();
    await settling;
    writeback.add(1);
    expect(syncs).toHaveLength(2);
  });

  it('never forgets that a sync failed', async () => {
    const { syncs, writeback } = setUp();
    writeback.add(16 * MIB);
    syncs[0]?.reject(new Error('EIO'));
    await expect(writeback.settle()).rejects.toThrow('EIO');
    writeback.add(16 * MIB);
    syncs[1]?.resolve();
    await expect(writeback.settle()).rejects.toThrow('EIO');
  });
});
