export { BlobStoreError, type BlobStoreErrorKind } from './blobstore.errors.ts';
export type {
  Appended,
  AppendOptions,
  BlobEntry,
  BlobReader,
  BlobStat,
  BlobStore,
  ByteRange,
  StoredReader,
} from './blobstore.ts';
export {
  createFilesystemBlobStore,
  type FilesystemBlobStoreOptions,
} from './filesystem/filesystem-blobstore.ts';
export { createMemoryBlobStore } from './memory/memory-blobstore.ts';
