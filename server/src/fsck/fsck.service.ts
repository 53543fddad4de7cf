import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { type Digest, digestAlgorithm, digestFromHex, digestOf } from '@berth/oci';
import { type BlobStore, BlobStoreError } from '../blobstore/index.ts';
import type { QuotaCheckRepository, UsageMismatch } from '../quotas/index.ts';
import type { BlobRow, FsckRepository } from './fsck.repository.ts';

export type Finding =
  /** A row says that the blob is there, and the store has nothing. */
  | { readonly kind: 'missing'; readonly digest: Digest; readonly users: readonly string[] }
  /** The bytes are not those of the digest. */
  | {
      readonly kind: 'damaged';
      readonly digest: Digest;
      readonly users: readonly string[];
      readonly reason: string;
    }
  /** Bytes that no row knows: a push died between the two. Harmless. */
  | { readonly kind: 'orphan'; readonly digest: Digest; readonly size: number }
  /** A blob that was missing is there again. */
  | { readonly kind: 'returned'; readonly digest: Digest }
  /** A manifest row whose bytes are not those of its digest. */
  | { readonly kind: 'damaged-manifest'; readonly name: string }
  /** A project is said to use other bytes than it has. */
  | ({ readonly kind: 'miscounted' } & Omit<UsageMismatch, 'projectId'>);

export interface FsckOptions {
  /** Compare sizes only. */
  readonly quick: boolean;
  /** Mend what is safe to mend. Only while nothing else writes. */
  readonly repair: boolean;
  readonly onFinding: (finding: Finding) => void;
  readonly onProgress: (checked: number) => void;
}

export interface FsckReport {
  readonly blobs: number;
  readonly artifacts: number;
  readonly findings: Readonly<Record<Finding['kind'], number>>;
  readonly repaired: number;
}

const PAGE = 500;

/**
 * Holds every row against the bytes and all bytes against the rows.
 *
 * Repair moves orphans and damaged files to the trash, from where they can be put back, and marks
 * blobs without right bytes, so that the next push of them is taken instead of skipped. It counts
 * again what projects use.
 */
export async function checkStorage(
  rows: FsckRepository,
  usage: QuotaCheckRepository,
  store: BlobStore,
  options: FsckOptions,
): Promise<FsckReport> {
  const findings = {
    missing: 0,
    damaged: 0,
    orphan: 0,
    returned: 0,
    'damaged-manifest': 0,
    miscounted: 0,
  };
  let repaired = 0;
  const report = (finding: Finding) => {
    findings[finding.kind] += 1;
    options.onFinding(finding);
  };

  async function checkBlob(row: BlobRow): Promise<void> {
    const fault = await findFault(store, row, options.quick);
    if (fault === undefined) {
      if (!row.isMissing) return;
      report({ kind: 'returned', digest: row.digest });
      if (options.repair) await rows.markPresent(row.digest);
    } else {
      const users = await rows.listUsers(row.digest);
      const { digest } = row;
      report(
        fault === 'missing'
          ? { kind: 'missing', digest, users }
          : { kind: 'damaged', digest, users, reason: fault },
      );
      if (!options.repair) return;
      await rows.markMissing(digest);
      if (fault !== 'missing') await store.delete(digest);
    }
    if (options.repair) repaired += 1;
  }

  let blobs = 0;
  for await (const row of pages(
    (last: string) => rows.listBlobs(last, PAGE),
    '',
    (row) => row.digest,
  )) {
    await checkBlob(row);
    blobs += 1;
    options.onProgress(blobs);
  }

  const artifacts = await checkManifests(rows, report);

  for await (const { digest, size } of store.list()) {
    if (await rows.hasBlob(digest)) continue;
    report({ kind: 'orphan', digest, size });
    if (options.repair && (await store.delete(digest))) repaired += 1;
  }

  repaired += await checkUsage(usage, report, options.repair);
  return { blobs, artifacts, findings, repaired };
}

/** @returns how many there are */
async function checkManifests(
  rows: FsckRepository,
  report: (finding: Finding) => void,
): Promise<number> {
  let artifacts = 0;
  for await (const row of pages(
    (last: number) => rows.listArtifacts(last, PAGE),
    0,
    (row) => row.id,
  )) {
    if (digestOf(row.content, digestAlgorithm(row.digest)) !== row.digest) {
      report({ kind: 'damaged-manifest', name: `${row.repository}@${row.digest}` });
    }
    artifacts += 1;
  }
  return artifacts;
}

/** @returns how many projects were counted again */
async function checkUsage(
  usage: QuotaCheckRepository,
  report: (finding: Finding) => void,
  repair: boolean,
): Promise<number> {
  const mismatches = await usage.listMismatches();
  for (const { projectId, ...mismatch } of mismatches) {
    report({ kind: 'miscounted', ...mismatch });
    if (repair) await usage.repair(projectId);
  }
  return repair ? mismatches.length : 0;
}

async function* pages<T, K>(
  list: (last: K) => Promise<T[]>,
  from: K,
  keyOf: (item: T) => K,
): AsyncGenerator<T> {
  let last = from;
  for (;;) {
    const page = await list(last);
    yield* page;
    const end = page.at(-1);
    if (end === undefined) return;
    last = keyOf(end);
  }
}

/** Why the bytes are not what the row says; undefined when they are. */
async function findFault(
  store: BlobStore,
  row: BlobRow,
  quick: boolean,
): Promise<string | undefined> {
  if (row.content !== null) return contentFault(row.digest, row.content);
  const stat = await store.stat(row.digest);
  if (stat === undefined) return 'missing';
  if (stat.size !== row.size) return `it has ${stat.size} bytes instead of ${row.size}`;
  if (quick) return undefined;
  const hash = createHash(digestAlgorithm(row.digest));
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done();
    },
  });
  try {
    await using reader = await store.open(row.digest);
    await reader.copyTo(sink);
  } catch (error) {
    if (error instanceof BlobStoreError && error.kind === 'not-found') return 'missing';
    if (error instanceof BlobStoreError) return error.message;
    throw error;
  }
  const actual = digestFromHex(digestAlgorithm(row.digest), hash.digest('hex'));
  return actual === row.digest ? undefined : `its digest is ${actual}`;
}

function contentFault(digest: Digest, content: Buffer): string | undefined {
  const actual = digestOf(content, digestAlgorithm(digest));
  return actual === digest ? undefined : `its digest is ${actual}`;
}
