import type { Digest } from '@berth/oci';
import type { BlobStore } from '../blobstore/index.ts';
import { followUp } from '../lib/index.ts';
import { type BlobState, examineBlob, type Reading } from './blob-examination.ts';
import type { BlobRow, IntegrityRepository, LockedBlob } from './integrity.repository.ts';

/** What a check of a blob came to. */
export type BlobVerdict =
  | { readonly kind: 'sound' }
  /** Nobody knows it any more. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** It was said to be missing, or was in the trash, and is right. */
  | { readonly kind: 'returned' };

export interface CheckPorts {
  readonly rows: IntegrityRepository;
  readonly store: BlobStore;
  /** Drops what caches know of the blob, everywhere. */
  readonly forget: (digest: Digest) => Promise<void>;
}

export interface CheckOptions extends Reading {
  /** Puts bad bytes aside, marks blobs without right bytes, and unmarks those that have them. */
  readonly mend: boolean;
}

/** Times that a blob may change between its reading and its lock. */
const MAX_ATTEMPTS = 4;

/**
 * Holds a blob of the store or of its row against its digest. Beside a registry at work: what a
 * sweep or a push changed meanwhile is looked at again, and a blob is condemned only with its row
 * locked, as it was read.
 *
 * @param hash the digest of bytes in the row, if it was asked for already
 */
export async function checkBlob(
  ports: CheckPorts,
  listed: BlobRow,
  options: CheckOptions,
  hash?: string,
): Promise<BlobVerdict> {
  let row = listed;
  let wasRestored = false;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const state = await examine(ports, row, options, attempt === 0 ? hash : undefined);
    if (state.kind === 'unreadable') return state;
    if (state.kind === 'sound' && !row.isMissing) {
      return { kind: wasRestored ? 'returned' : 'sound' };
    }
    const remedy = options.mend ? await mend(ports, row, state) : await confirm(ports.rows, row);
    if (remedy === 'gone') return { kind: 'gone' };
    if (remedy === 'agreed') return verdictOf(state);
    wasRestored ||= remedy === 'restored';
    const now = await ports.rows.findBlob(row.digest);
    if (now === undefined) return { kind: 'gone' };
    row = now;
  }
  return { kind: 'unreadable', reason: 'it changes again and again' };
}

function verdictOf(state: Exclude<BlobState, { kind: 'unreadable' }>): BlobVerdict {
  if (state.kind === 'damaged') return { kind: 'damaged', reason: state.reason };
  return { kind: state.kind === 'absent' ? 'missing' : 'returned' };
}

async function examine(
  { rows, store }: CheckPorts,
  row: BlobRow,
  options: CheckOptions,
  known: string | undefined,
): Promise<BlobState> {
  if (!row.isKept) return examineBlob(store, row, options);
  const actual = known ?? (await rows.hashKept([row.digest])).get(row.digest);
  if (actual === row.digest) return { kind: 'sound', version: '' };
  return actual === undefined
    ? { kind: 'unreadable', reason: 'the database cannot read it' }
    : { kind: 'damaged', reason: `its digest is ${actual}`, version: '' };
}

type Remedy = 'agreed' | 'changed' | 'restored' | 'gone';

/** Whether the row still says what it said before the reading. */
async function confirm(rows: IntegrityRepository, row: BlobRow): Promise<Remedy> {
  const now = await rows.findBlob(row.digest);
  if (now === undefined) return 'gone';
  return isSame(now, row) ? 'agreed' : 'changed';
}

async function mend(
  { rows, store, forget }: CheckPorts,
  row: BlobRow,
  state: BlobState,
): Promise<Remedy> {
  const remedy = await followUp(
    () => rows.withBlob(row.digest, (locked) => treat(store, locked, row, state)),
    () => forget(row.digest),
  );
  return remedy ?? 'gone';
}

async function treat(
  store: BlobStore,
  locked: LockedBlob,
  row: BlobRow,
  state: BlobState,
): Promise<Remedy> {
  if (!isSame(locked, row)) return 'changed';
  if (state.kind === 'sound') {
    if (!locked.isKept && (await store.stat(locked.digest)) === undefined) return 'changed';
    await locked.markPresent();
    return 'agreed';
  }
  if (locked.isKept) {
    // The second reading.
    if ((await locked.hash()) === locked.digest) return 'changed';
  } else {
    if (state.kind === 'damaged') await store.quarantine(locked.digest, state.version);
    if ((await store.stat(locked.digest)) !== undefined) return 'changed';
    // A sweep that did not come to its end leaves the bytes in the trash.
    if (await store.restore(locked.digest)) return 'restored';
  }
  if (!locked.isMissing) await locked.markMissing();
  return 'agreed';
}

function isSame(one: BlobRow, other: BlobRow): boolean {
  return (
    one.size === other.size && one.isMissing === other.isMissing && one.isKept === other.isKept
  );
}
