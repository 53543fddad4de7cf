import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import {
  access,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Digest, digestOf } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  brokenSource,
  collect,
  describeBlobStore,
  listen,
  put,
  readBlob,
  rejectionOf,
  sourceOf,
} from '../blobstore.contract.ts';
import type { BlobStore } from '../blobstore.ts';
import { type FileSystem, nodeFileSystem } from './durable.ts';
import { createFilesystemBlobStore } from './filesystem-blobstore.ts';
import { storePaths } from './paths.ts';

async function makeRoot(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'berth-blobs-'));
}

describeBlobStore('filesystem', async () => {
  const root = await makeRoot();
  return {
    store: await createFilesystemBlobStore({ root }),
    cleanup: () => rm(root, { recursive: true }),
  };
});

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

function refuseSpace(): Promise<number> {
  return Promise.reject(systemError('ENOSPC'));
}

function countDescriptors(root: string): number {
  // Only files below the root count: sockets and the like come and go with the runner.
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
    } catch {
      return false;
    }
  }).length;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Records finished calls as `name path`, with the root cut off. */
function recorder(root: string): { readonly trace: string[]; readonly files: Partial<FileSystem> } {
  const trace: string[] = [];
  const opened = new Map<number, string>();
  async function recorded(call: Promise<void>, entry: string): Promise<void> {
    await call;
    trace.push(entry);
  }
  return {
    trace,
    files: {
      open: async (path, flags) => {
        const fd = await nodeFileSystem.open(path, flags);
        opened.set(fd, nameBelow(root, path));
        return fd;
      },
      writev: async (fd, buffers, position) => {
        const count = await nodeFileSystem.writev(fd, buffers, position);
        trace.push(`write ${opened.get(fd)}`);
        return count;
      },
      sync: (fd) => recorded(nodeFileSystem.sync(fd), `sync ${opened.get(fd)}`),
      datasync: (fd) => recorded(nodeFileSystem.datasync(fd), `sync ${opened.get(fd)}`),
      mkdir: (path) => recorded(nodeFileSystem.mkdir(path), `mkdir ${nameBelow(root, path)}`),
      rmdir: (path) => recorded(nodeFileSystem.rmdir(path), `rmdir ${nameBelow(root, path)}`),
      rename: (from, to) =>
        recorded(
          nodeFileSystem.rename(from, to),
          `rename ${nameBelow(root, from)} ${nameBelow(root, to)}`,
        ),
    },
  };
}

function nameBelow(root: string, path: string): string {
  return path === root ? '.' : path.slice(root.length + 1);
}

/** Where the entries stand in the trace; fails the test when one is missing. */
function positions(trace: readonly string[], ...entries: string[]): number[] {
  return entries.map((entry) => {
    const index = trace.lastIndexOf(entry);
    expect(index, `${entry} in ${trace.join(', ')}`).toBeGreaterThanOrEqual(0);
    return index;
  });
}

describe('filesystem blob store on disk', () => {
  let root: string;

  beforeEach(async () => {
    root = await makeRoot();
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  function open(faults: Partial<FileSystem> = {}): Promise<BlobStore> {
    return createFilesystemBlobStore({ root, fileSystem: { ...nodeFileSystem, ...faults } });
  }

  function dataPath(digest: Digest): string {
    return storePaths(root).blob(digest).data;
  }

  it('lays blobs out as distribution does', async () => {
    const digest = await put(await open(), Buffer.from('hello'));
    const hex = digest.slice(7);
    const path = `${root}/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
    expect(await readFile(path, 'utf8')).toBe('hello');
  });

  it('makes a root that is missing, and takes over one that is there', async () => {
    root = join(root, 'not', 'yet');
    const bytes = Buffer.from('kept');
    const digest = await put(await open(), bytes);
    expect(await readBlob(await open(), digest)).toEqual(bytes);
    root = join(root, '..', '..');
  });

  it('rejects a root that is a file', async () => {
    await writeFile(join(root, 'file'), '');
    const creating = createFilesystemBlobStore({ root: join(root, 'file') });
    expect((await rejectionOf(creating)).kind).toBe('io');
  });

  it('goes on with an upload another process began', async () => {
    const uploadId = randomUUID();
    await (await open()).append(uploadId, 0, sourceOf(Buffer.from('abcdef')));
    const second = await open();
    await second.append(uploadId, 4, sourceOf(Buffer.from('X')));
    expect(await buffer(second.readStaged(uploadId))).toEqual(Buffer.from('abcdX'));
  });

  it('reads a file that is shorter than it was when opened as an io error', async () => {
    const store = await open();
    const digest = await put(store, randomBytes(2_000_000));
    await using reader = await store.open(digest);
    await truncate(dataPath(digest), 1_000_000);
    const sink = new PassThrough().resume();
    expect((await rejectionOf(reader.copyTo(sink))).kind).toBe('io');
  });

  it('replaces a truncated file when its bytes are pushed again', async () => {
    const store = await open();
    const bytes = randomBytes(10_000);
    const digest = await put(store, bytes);
    await truncate(dataPath(digest), 0);
    expect(await store.stat(digest)).toEqual({ size: 0 });
    await put(store, bytes);
    expect(await readBlob(store, digest)).toEqual(bytes);
  });

  it('reports a read error as io', async () => {
    const failing = await open({
      read: (_fd, _buffer, _length, _position, done) => {
        setImmediate(done, systemError('EIO'), 0);
      },
    });
    const digest = await put(failing, Buffer.from('abc'));
    expect((await rejectionOf(readBlob(failing, digest))).kind).toBe('io');
  });

  it('removes the directory of a deleted blob and keeps the prefix', async () => {
    const store = await open();
    const digest = await put(store, Buffer.from('x'));
    const { directory, prefixDirectory } = storePaths(root).blob(digest);
    await store.delete(digest);
    expect(await exists(directory)).toBe(false);
    expect(await exists(prefixDirectory)).toBe(true);
    expect(await readdir(join(root, 'trash'))).toEqual([digest.replace(':', '-')]);
  });

  it('dates the trash by the delete, not by the push', async () => {
    const store = await open();
    const digest = await put(store, Buffer.from('x'));
    await utimes(dataPath(digest), 1_000, 1_000);
    await store.delete(digest);
    expect(await store.emptyTrash(new Date(Date.now() - 60_000))).toBe(0);
  });

  it('tells a missing trash directory from an absent blob', async () => {
    const store = await open();
    const digest = await put(store, Buffer.from('x'));
    await rename(join(root, 'trash'), join(root, 'elsewhere'));
    expect((await rejectionOf(store.delete(digest))).kind).toBe('io');
    expect(await readBlob(store, digest)).toEqual(Buffer.from('x'));
  });

  it('puts back what a push placed between the look and the move of a quarantine', async () => {
    const bytes = randomBytes(100);
    const digest = digestOf(bytes);
    const plain = await open();
    await put(plain, randomBytes(100), digest);
    const racing = await open({
      rename: async (from, to) => {
        if (to.includes('/quarantine/')) await put(plain, bytes);
        await nodeFileSystem.rename(from, to);
      },
    });
    await using reader = await racing.open(digest);
    expect(await racing.quarantine(digest, reader.version)).toBe(false);
    expect(await readBlob(plain, digest)).toEqual(bytes);
    expect(await readdir(join(root, 'quarantine'))).toEqual([]);
  });

  it('tells a missing quarantine directory from an absent blob', async () => {
    const store = await open();
    const digest = await put(store, Buffer.from('x'));
    await using reader = await store.open(digest);
    await rm(join(root, 'quarantine'), { recursive: true });
    expect((await rejectionOf(store.quarantine(digest, reader.version))).kind).toBe('io');
    expect(await readBlob(store, digest)).toEqual(Buffer.from('x'));
  });

  it('makes a prefix directory anew when someone removed it', async () => {
    const store = await open();
    const digest = await put(store, Buffer.from('x'));
    await rm(storePaths(root).blob(digest).prefixDirectory, { recursive: true });
    await put(store, Buffer.from('x'));
    expect(await store.stat(digest)).toEqual({ size: 1 });
  });

  describe('listing', () => {
    it('skips foreign files', async () => {
      const store = await open();
      const digest = await put(store, Buffer.from('x'));
      const { algorithmDirectory, prefixDirectory } = storePaths(root).blob(digest);
      const [hex, misplaced] = ['0'.repeat(64), digest.slice(7)];
      await mkdir(join(algorithmDirectory, 'zz'));
      await writeFile(join(algorithmDirectory, 'README'), '');
      await writeFile(join(algorithmDirectory, 'ee'), 'a file where a directory should be');
      await mkdir(join(prefixDirectory, 'not-a-digest'));
      await writeFile(join(prefixDirectory, `${digest.slice(7, 9)}${'f'.repeat(62)}`), '');
      await mkdir(join(algorithmDirectory, 'ff', misplaced), { recursive: true });
      await writeFile(join(algorithmDirectory, 'ff', misplaced, 'data'), 'x');
      await mkdir(join(algorithmDirectory, '00', hex, 'data'), { recursive: true });
      await writeFile(join(root, 'uploads', 'notes.txt'), '');
      await mkdir(join(root, 'uploads', randomUUID()));
      expect(await collect(store.list())).toEqual([{ digest, size: 1 }]);
      expect(await collect(store.listStaged())).toEqual([]);
    });

    it('leaves foreign files in the trash', async () => {
      const store = await open();
      await writeFile(join(root, 'trash', 'notes.txt'), '');
      expect(await store.emptyTrash(new Date(Date.now() + 60_000))).toBe(0);
      expect(await readdir(join(root, 'trash'))).toEqual(['notes.txt']);
    });

    it('rejects instead of ending early when storage goes away', async () => {
      const store = await open();
      await put(store, Buffer.from('x'));
      await rename(join(root, 'docker'), join(root, 'unmounted'));
      expect((await rejectionOf(collect(store.list()))).kind).toBe('io');
      await rename(join(root, 'uploads'), join(root, 'uploads-unmounted'));
      expect((await rejectionOf(collect(store.listStaged()))).kind).toBe('io');
      expect((await rejectionOf(store.probe())).kind).toBe('io');
    });

    it('rejects when one directory or one blob cannot be read', async () => {
      const digest = await put(await open(), Buffer.from('x'));
      const { prefixDirectory, data } = storePaths(root).blob(digest);
      const noDirectory = await open({
        list: async (path) => {
          if (path === prefixDirectory) throw systemError('EIO');
          return nodeFileSystem.list(path);
        },
      });
      const noStats = await open({
        stat: async (path) => {
          if (path === data) throw systemError('EIO');
          return nodeFileSystem.stat(path);
        },
      });
      for (const store of [noDirectory, noStats]) {
        expect((await rejectionOf(collect(store.list()))).kind).toBe('io');
      }
    });
  });

  describe('faults', () => {
    it('drops the staging when its fsync fails, and does not try again', async () => {
      const uploadId = randomUUID();
      let syncs = 0;
      const store = await open({
        datasync: async () => {
          syncs += 1;
          throw systemError('EIO');
        },
      });
      const error = await rejectionOf(store.append(uploadId, 0, sourceOf(Buffer.from('abc'))));
      expect(error).toMatchObject({ kind: 'io', offset: undefined });
      expect(error.cause).toMatchObject({ code: 'EIO' });
      expect(syncs).toBe(1);
      expect(await readdir(join(root, 'uploads'))).toEqual([]);
    });

    it('never calls bytes durable after an interruption whose fsync failed', async () => {
      const store = await open({ datasync: () => Promise.reject(systemError('EIO')) });
      const source = brokenSource(Buffer.from('abc'));
      expect((await rejectionOf(store.append(randomUUID(), 0, source))).kind).toBe('io');
    });

    it('rejects an append whose staging entry cannot be made durable', async () => {
      let armed = false;
      const store = await open({
        sync: async (fd) => {
          if (armed) throw systemError('EIO');
          return nodeFileSystem.sync(fd);
        },
      });
      armed = true;
      const refused = store.append(randomUUID(), 0, sourceOf(Buffer.from('abc')));
      expect((await rejectionOf(refused)).kind).toBe('io');
    });

    it('rejects a commit whose directory cannot be made durable', async () => {
      let armed = false;
      const store = await open({
        sync: async (fd) => {
          if (armed) throw systemError('EIO');
          return nodeFileSystem.sync(fd);
        },
      });
      const uploadId = randomUUID();
      await store.append(uploadId, 0, sourceOf(Buffer.from('abc')));
      armed = true;
      const commit = store.commit(uploadId, digestOf(Buffer.from('abc')));
      expect((await rejectionOf(commit)).kind).toBe('io');
    });

    it.each([
      ['ENOSPC', 'no-space'],
      ['EDQUOT', 'no-space'],
      ['EIO', 'io'],
      ['EROFS', 'io'],
      ['EACCES', 'io'],
      ['EMFILE', 'io'],
    ])('reports %s as %s, without paths and with its cause', async (code, kind) => {
      const failure = systemError(code);
      const onOpen = await open({
        open: async (path, flags) => {
          if (path.includes('/uploads/')) throw failure;
          return nodeFileSystem.open(path, flags);
        },
      });
      const onWrite = await open({ writev: () => Promise.reject(failure) });
      const onRename = await open({ rename: () => Promise.reject(failure) });
      for (const store of [onOpen, onWrite, onRename]) {
        const error = await rejectionOf(put(store, Buffer.from('abc')));
        expect(error).toMatchObject({ kind, cause: failure });
        expect(error.message).not.toContain('/');
      }
    });

    it('tells a lack of inodes from a lack of bytes', async () => {
      const inodes = await open({ writev: refuseSpace, isOutOfInodes: async () => true });
      const bytes = await open({ writev: refuseSpace, isOutOfInodes: async () => false });
      expect((await rejectionOf(put(inodes, Buffer.from('x')))).message).toContain('inodes');
      expect((await rejectionOf(put(bytes, Buffer.from('x')))).message).toContain('bytes');
    });

    it('places the blob when a delete removes its directory just before the rename', async () => {
      let renames = 0;
      const store = await open({
        rename: async (from, to) => {
          renames += 1;
          if (renames === 1) await nodeFileSystem.rmdir(join(to, '..'));
          return nodeFileSystem.rename(from, to);
        },
      });
      const digest = await put(store, Buffer.from('x'));
      expect(renames).toBe(2);
      expect(await readBlob(store, digest)).toEqual(Buffer.from('x'));
    });

    it('holds back a source that is faster than the disk', async () => {
      const firstWrite = Promise.withResolvers<void>();
      const store = await open({
        writev: async (fd, buffers, position) => {
          await firstWrite.promise;
          return nodeFileSystem.writev(fd, buffers, position);
        },
      });
      const source = new PassThrough();
      let taken = 0;
      const appending = store.append(randomUUID(), 0, source, {
        onChunk: (chunk) => {
          taken += chunk.length;
        },
      });
      for (let sent = 0; sent < 64; sent += 1) source.write(Buffer.alloc(64 * 1024));
      for (let turn = 0; turn < 50; turn += 1) await stat(root);
      expect(taken).toBe(1024 * 1024);
      firstWrite.resolve();
      source.end();
      expect(await appending).toEqual({ offset: 4 * 1024 * 1024 });
      expect(taken).toBe(4 * 1024 * 1024);
    });

    it('writes on when the system takes only a part', async () => {
      const store = await open({
        writev: (fd, buffers, position) => {
          const first = buffers.find((chunk) => chunk.length > 0) ?? Buffer.alloc(0);
          return nodeFileSystem.writev(fd, [first.subarray(0, 777)], position);
        },
      });
      const chunks = Array.from({ length: 9 }, (_, index) => randomBytes(index * 500));
      const uploadId = randomUUID();
      await store.append(uploadId, 0, sourceOf(...chunks));
      expect(await buffer(store.readStaged(uploadId))).toEqual(Buffer.concat(chunks));
    });

    it('cuts a failed write back to the offset it began at', async () => {
      const uploadId = randomUUID();
      await (await open()).append(uploadId, 0, sourceOf(Buffer.from('abc')));
      let writes = 0;
      const failing = await open({
        writev: async (fd, buffers, position) => {
          writes += 1;
          if (writes === 2) throw systemError('EIO');
          return nodeFileSystem.writev(fd, buffers, position);
        },
      });
      const source = sourceOf(randomBytes(600_000), randomBytes(600_000));
      expect((await rejectionOf(failing.append(uploadId, 3, source))).kind).toBe('io');
      expect((await stat(join(root, 'uploads', uploadId))).size).toBe(3);
    });

    it('does not follow a link where staging should be', async () => {
      const uploadId = randomUUID();
      await writeFile(join(root, 'precious'), 'precious');
      await symlink(join(root, 'precious'), join(root, 'uploads-link'));
      const store = await open();
      await symlink(join(root, 'precious'), join(root, 'uploads', uploadId));
      const refused = store.append(uploadId, 0, sourceOf(Buffer.from('x')));
      expect((await rejectionOf(refused)).kind).toBe('io');
      expect(await readFile(join(root, 'precious'), 'utf8')).toBe('precious');
    });
  });

  describe('crash ordering', () => {
    const bytes = Buffer.from('ordered');
    const digest = digestOf(bytes);
    const hex = digest.slice(7);
    const algorithmDirectory = 'docker/registry/v2/blobs/sha256';
    const prefix = `${algorithmDirectory}/${hex.slice(0, 2)}`;
    const directory = `${prefix}/${hex}`;

    it('syncs every directory it makes at the start', async () => {
      const { trace, files } = recorder(root);
      await open(files);
      const made = trace.filter((entry) => entry.startsWith('mkdir '));
      expect(made).toHaveLength(9);
      for (const entry of made) {
        const parent = join(entry.slice('mkdir '.length), '..');
        const [mkdirAt = 0, syncAt = 0] = positions(trace, entry, `sync ${parent}`);
        expect(mkdirAt).toBeLessThan(syncAt);
      }
    });

    it('syncs the file, renames it, then syncs each directory, before it resolves', async () => {
      const { trace, files } = recorder(root);
      const store = await open(files);
      trace.length = 0;
      const uploadId = randomUUID();
      const staging = `uploads/${uploadId}`;
      await store.append(uploadId, 0, sourceOf(bytes), { willCommit: true });
      expect(trace).toEqual([`write ${staging}`, `sync ${staging}`]);
      await store.commit(uploadId, digest);
      expect(trace.slice(2, 5)).toEqual([
        `mkdir ${prefix}`,
        `mkdir ${directory}`,
        `rename ${staging} ${directory}/data`,
      ]);
      expect(new Set(trace.slice(5))).toEqual(
        new Set([`sync ${directory}`, `sync ${prefix}`, `sync ${algorithmDirectory}`]),
      );
    });

    it('syncs the staging entry when an append is acknowledged or interrupted', async () => {
      const { trace, files } = recorder(root);
      const store = await open(files);
      trace.length = 0;
      await store.append(randomUUID(), 0, sourceOf(bytes));
      expect(trace).toContain('sync uploads');
      trace.length = 0;
      const interrupted = store.append(randomUUID(), 0, brokenSource(bytes), { willCommit: true });
      expect((await rejectionOf(interrupted)).kind).toBe('interrupted');
      expect(trace).toContain('sync uploads');
    });

    it('replaces a blob that is there already, and syncs before it acknowledges it', async () => {
      await put(await open(), bytes);
      const { trace, files } = recorder(root);
      const store = await open(files);
      trace.length = 0;
      await put(store, bytes);
      expect(trace[2]).toMatch(/^rename uploads\/\S+ docker\/\S+\/data$/);
      expect(trace.slice(3).toSorted()).toEqual(
        [`sync ${algorithmDirectory}`, `sync ${directory}`, `sync ${prefix}`].toSorted(),
      );
    });

    it('syncs both sides of a quarantine', async () => {
      const { trace, files } = recorder(root);
      const store = await open(files);
      await put(store, bytes);
      await using reader = await store.open(digest);
      trace.length = 0;
      await store.quarantine(digest, reader.version);
      expect(trace[0]).toBe(`rename ${directory}/data quarantine/sha256-${hex}`);
      expect(trace).toContain('sync quarantine');
      expect(trace).toContain(`sync ${directory}`);
    });

    it('syncs both sides of a delete', async () => {
      const { trace, files } = recorder(root);
      const store = await open(files);
      await put(store, bytes);
      trace.length = 0;
      await store.delete(digest);
      expect(trace).toEqual([
        `sync ${directory}/data`,
        `rename ${directory}/data trash/sha256-${hex}`,
        'sync trash',
        `rmdir ${directory}`,
        `sync ${prefix}`,
      ]);
      trace.length = 0;
      await store.restore(digest);
      const [renamed = 0, ...synced] = positions(
        trace,
        `rename trash/sha256-${hex} ${directory}/data`,
        `sync ${directory}`,
        `sync ${prefix}`,
        'sync trash',
      );
      for (const at of synced) expect(at).toBeGreaterThan(renamed);
    });
  });

  describe('descriptors', () => {
    it.runIf(existsSync('/proc/self/fd'))('stay closed whatever way a call ends', async () => {
      const store = await open();
      const digest = await put(store, randomBytes(3_000_000));
      await rejectionOf(store.append(randomUUID(), 0, brokenSource(Buffer.from('x'))));
      const maxSize = 1;
      const uploadId = randomUUID();
      await rejectionOf(store.append(uploadId, 0, sourceOf(Buffer.from('xy')), { maxSize }));
      await rejectionOf(store.append(uploadId, 5, sourceOf()));
      store.readStaged(randomUUID()).destroy();
      const reader = await store.open(digest);
      expect(countDescriptors(root)).toBe(1);
      await reader[Symbol.asyncDispose]();
      await reader[Symbol.asyncDispose]();
      expect(countDescriptors(root)).toBe(0);
    });

    it.runIf(existsSync('/proc/self/fd'))(
      'stay closed when clients leave amid copies',
      async () => {
        const store = await open();
        const digest = await put(store, randomBytes(3_000_000));
        const outcomes: Promise<unknown>[] = [];
        const server = createServer((_request, response) => {
          async function serve(): Promise<void> {
            await using reader = await store.open(digest);
            await reader.copyTo(response);
          }
          outcomes.push(rejectionOf(serve()));
        });
        const port = await listen(server);
        for (let client = 0; client < 10; client += 1) {
          const socket = connect(port, '127.0.0.1');
          socket.on('error', () => undefined);
          socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
          await new Promise((resolve) => {
            socket.once('data', resolve);
          });
          socket.destroy();
        }
        const errors = await Promise.all(outcomes);
        expect(errors).toHaveLength(10);
        for (const error of errors) expect(error).toMatchObject({ kind: 'interrupted' });
        server.close();
        expect(countDescriptors(root)).toBe(0);
      },
    );

    it('are closed only after the reads of a copy that still goes on', async () => {
      const events: string[] = [];
      const held: (() => void)[] = [];
      const begun = Promise.withResolvers<void>();
      const store = await open({
        read: (fd, target, length, position, done) => {
          held.push(() => {
            nodeFileSystem.read(fd, target, length, position, (error, count) => {
              events.push('read');
              done(error, count);
            });
          });
          begun.resolve();
        },
        close: async (fd) => {
          events.push('close');
          await nodeFileSystem.close(fd);
        },
      });
      const digest = await put(store, randomBytes(1_000));
      const reader = await store.open(digest);
      const copying = reader.copyTo(new PassThrough().resume());
      await begun.promise;
      events.length = 0;
      const closing = reader[Symbol.asyncDispose]();
      await stat(root);
      for (const read of held) read();
      await Promise.all([copying, closing]);
      expect(events).toEqual(['read', 'close']);
    });

    it('are closed only after a read that an abort came upon', async () => {
      const events: string[] = [];
      const controller = new AbortController();
      const store = await open({
        read: (fd, target, length, position, done) => {
          controller.abort(new Error('enough'));
          nodeFileSystem.read(fd, target, length, position, (error, count) => {
            events.push('read');
            done(error, count);
          });
        },
        close: async (fd) => {
          events.push('close');
          await nodeFileSystem.close(fd);
        },
      });
      const digest = await put(store, randomBytes(1_000));
      events.length = 0;
      {
        await using reader = await store.open(digest);
        const copying = reader.copyTo(new PassThrough(), undefined, controller.signal);
        await expect(copying).rejects.toThrow('enough');
      }
      expect(events).toEqual(['read', 'close']);
    });
  });
});
