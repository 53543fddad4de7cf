import { createHash, randomUUID } from 'node:crypto';
import { link, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestEncoded } from '@berth/oci';
import { type BlobStore, BlobStoreError } from '../blobstore/index.ts';
import { AppError } from '../lib/index.ts';
import type { BlobFiles } from './blob-files.ts';
import { SkippedError } from './skipped-error.ts';
import { codeOf, findFile } from './tree-files.ts';

/** Brings a blob's bytes into our store. */
export interface BlobBringer {
  /**
   * Durable when it resolves.
   *
   * @throws SkippedError missing-blob, damaged
   * @throws AppError precondition when no blob can be brought like this
   */
  bring(blob: { readonly digest: Digest; readonly size: number }): Promise<void>;
}

/** For a volume that is our own: the files are where they belong. */
export const inPlace: BlobBringer = { bring: () => Promise.resolve() };

export interface BringerPorts {
  /** What we read from. */
  readonly source: string;
  readonly files: BlobFiles;
  /** Our store and its directory. */
  readonly store: BlobStore;
  readonly storeRoot: string;
}

/** A sweep of abandoned uploads may take the link away before it is placed: it is as old as the blob. */
const MAX_ATTEMPTS = 3;

/**
 * Gives each file a second name in our store, and copies nothing.
 *
 * @throws AppError precondition when the directories are on different file systems
 */
export async function createLinkingBringer(ports: BringerPorts): Promise<BlobBringer> {
  const { files, store, storeRoot } = ports;
  const devices = await Promise.all([ports.source, storeRoot].map((path) => stat(path)));
  if (devices[0]?.dev !== devices[1]?.dev) throw otherFileSystem(ports);

  async function place(digest: Digest): Promise<void> {
    const staged = randomUUID();
    const source = files.pathOf(digest);
    await syncFile(source, digest);
    try {
      await link(source, join(storeRoot, 'uploads', staged));
    } catch (error) {
      throw refusalOf(error, ports) ?? error;
    }
    await store.commit(staged, digest);
    // A rename to another name of the same file does nothing.
    await store.cancel(staged);
  }

  return {
    async bring({ digest, size }) {
      for (let attempt = 1; ; attempt += 1) {
        if ((await store.stat(digest))?.size === size) return;
        try {
          return await place(digest);
        } catch (error) {
          const isSwept = error instanceof BlobStoreError && error.kind === 'not-found';
          if (!isSwept || attempt === MAX_ATTEMPTS) throw error;
        }
      }
    },
  };
}

/** Copies each file, and verifies it on the way. */
export function createCopyingBringer({ files, store }: BringerPorts): BlobBringer {
  return {
    async bring({ digest, size }) {
      if ((await store.stat(digest))?.size === size) return;
      const file = await findFile(files.pathOf(digest));
      if (file === undefined) throw new SkippedError('missing-blob', `its blob ${digest} is gone`);
      const staged = randomUUID();
      const hash = createHash(digestAlgorithm(digest));
      const source = file.handle.createReadStream();
      try {
        await store.append(staged, 0, source, { onChunk: (chunk) => hash.update(chunk) });
        if (hash.digest('hex') !== digestEncoded(digest)) {
          throw new SkippedError('damaged', `the bytes of its blob ${digest} are others`);
        }
        await store.commit(staged, digest);
      } finally {
        source.destroy();
        await store.cancel(staged);
      }
    },
  };
}

/** Whoever wrote it may not have waited for the disk. */
async function syncFile(path: string, digest: Digest): Promise<void> {
  const file = await findFile(path);
  if (file === undefined) throw new SkippedError('missing-blob', `its blob ${digest} is gone`);
  try {
    await file.handle.sync();
  } finally {
    await file.handle.close();
  }
}

function refusalOf(error: unknown, ports: BringerPorts): AppError | undefined {
  const code = codeOf(error);
  if (code === 'EXDEV') return otherFileSystem(ports);
  if (code !== 'EPERM' && code !== 'EMLINK') return undefined;
  return new AppError(
    'precondition',
    `the files below ${ports.source} cannot be linked (${code}): make them belong to the user ` +
      'that runs the registry, or add --copy',
    { cause: error },
  );
}

function otherFileSystem({ source, storeRoot }: BringerPorts): AppError {
  return new AppError(
    'precondition',
    `${source} is on another file system than ${storeRoot}, so that its files cannot be linked: ` +
      'set BERTH_STORAGE_ROOT to it to use it in place, or add --copy',
  );
}
