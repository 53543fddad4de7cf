import { join } from 'node:path';
import {
  type BlobStore,
  createFilesystemBlobStore,
  createMemoryBlobStore,
} from './blobstore/index.ts';
import type { Config } from './config/index.ts';

/** The blob store that the configuration names. */
export async function openBlobStore(config: Config): Promise<BlobStore> {
  return config.storage === 'memory'
    ? createMemoryBlobStore()
    : createFilesystemBlobStore({ root: storageRootOf(config) });
}

/** The directory below which the filesystem store keeps all it has. */
export function storageRootOf(config: Config): string {
  return config.storageRoot ?? join(config.dataDir, 'registry');
}
