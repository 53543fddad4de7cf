import { statfs } from 'node:fs/promises';

/** Bytes. */
export interface VolumeSpace {
  readonly total: number;
  /** What is left for us; the file system may keep more for root. */
  readonly free: number;
}

/** The space of the file system that a directory is on. Rejects with system errors. */
export async function readVolume(directory: string): Promise<VolumeSpace> {
  const { blocks, bavail, bsize } = await statfs(directory);
  return { total: blocks * bsize, free: bavail * bsize };
}
