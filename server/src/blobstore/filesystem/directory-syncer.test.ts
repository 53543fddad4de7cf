import { describe, expect, it } from 'vitest';
import { DirectorySyncer } from './directory-syncer.ts';
import { nodeFileSystem } from './durable.ts';

/** A syncer whose fsyncs end when told to. */
function heldSyncer(): {
  readonly syncer: DirectorySyncer;
  readonly running: PromiseWithResolvers<void>[];
  readonly closed: number[];
} {
  const running: PromiseWithResolvers<void>[] = [];
  const closed: number[] = [];
  let lastFd = 100;
  const syncer = new DirectorySyncer({
    ...nodeFileSystem,
    open: async () => {
      lastFd += 1;
      return lastFd;
    },
    sync: () => {
      const held = Promise.withResolvers<void>();
      running.push(held);
      return held.promise;
    },
    close: async (fd) => {
      closed.push(fd);
    },
  });
  return { syncer, running, closed };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe('DirectorySyncer', () => {
  it('lets requests before an fsync share it, and later ones share the next', async () => {
    const { syncer, running, closed } = heldSyncer();
    const settled: string[] = [];
    async function request(name: string): Promise<void> {
      await syncer.sync('/d');
      settled.push(name);
    }
    const early = [request('a'), request('b')];
    await turn();
    const late = [request('c'), request('d')];
    await turn();
    expect(running).toHaveLength(1);
    running[0]?.resolve();
    await Promise.all(early);
    expect(settled).toEqual(['a', 'b']);
    await turn();
    expect(running).toHaveLength(2);
    running[1]?.resolve();
    await Promise.all(late);
    expect(settled).toEqual(['a', 'b', 'c', 'd']);
    expect(closed).toEqual([101, 102]);
  });

  it('syncs different directories side by side', async () => {
    const { syncer, running } = heldSyncer();
    const both = [syncer.sync('/d'), syncer.sync('/e')];
    await turn();
    expect(running).toHaveLength(2);
    for (const held of running) held.resolve();
    await Promise.all(both);
  });

  it('tells a failure to those it concerns, and syncs the next on a new descriptor', async () => {
    const { syncer, running, closed } = heldSyncer();
    const failing = syncer.sync('/d');
    await turn();
    const next = syncer.sync('/d');
    running[0]?.reject(new Error('EIO'));
    await expect(failing).rejects.toThrow('EIO');
    await turn();
    running[1]?.resolve();
    await next;
    expect(closed).toEqual([101, 102]);
  });
});
