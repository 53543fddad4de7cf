import { Readable } from 'node:stream';
import { digestOf, OciError } from '@berth/oci';
import type { Actor, BlobUploadsService } from '../artifacts/index.ts';
import type { ChartBlob } from '../helm/index.ts';
import { AppError } from '../lib/index.ts';

/** Where a blob is pushed to. */
export interface PushTarget {
  readonly repository: string;
  readonly projectId: number;
  readonly actor: Actor;
}

/** Pushes bytes as any client would. @throws AppError refused beyond the quota */
export async function pushBlob(
  uploads: Pick<BlobUploadsService, 'pushWhole'>,
  target: PushTarget,
  bytes: Uint8Array,
): Promise<ChartBlob> {
  const digest = digestOf(bytes);
  const { length } = bytes;
  await asAppErrors(() =>
    uploads.pushWhole(target, digest, {
      source: Readable.from([Buffer.from(bytes)]),
      start: undefined,
      length,
      signal: new AbortController().signal,
    }),
  );
  return { digest, size: length };
}

/** Refusals of the distribution API in the words of all others. */
export async function asAppErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof OciError)) throw cause;
    if (cause.status === 404) throw new AppError('not-found', cause.message, { cause });
    throw new AppError('unavailable', cause.message, { cause });
  }
}
