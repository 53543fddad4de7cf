import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import { takeGcLock } from './hold.repository.ts';

/** A blob that nothing refers to, and nobody was told of lately. */
export interface Victim {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** What one batch came to. */
export interface SweepBatch {
  /** Candidates that were looked at; fewer than asked for when no more are due. */
  readonly seen: number;
  readonly swept: readonly Victim[];
  /** How many wait for the end of a lease. */
  readonly leased: number;
}

/** Tests stop a sweep at these. */
export interface SweepPoints {
  readonly beforeMove?: (digests: readonly Digest[]) => Promise<void>;
  readonly beforeCommit?: (digests: readonly Digest[]) => Promise<void>;
}

export interface SweepRepository {
  /**
   * Looks at up to `limit` candidates that are due and deletes the rows of those blobs that
   * nothing needs and that `move` took out of the store, all in one transaction. Nothing can begin
   * to refer to a blob between the look and the COMMIT. When it rejects, rows of moved blobs may
   * be there still: `keep` tells which.
   *
   * @returns undefined when a backup holds collections
   */
  sweep(
    limit: number,
    move: (victims: readonly Victim[]) => Promise<readonly Digest[]>,
  ): Promise<SweepBatch | undefined>;
  /**
   * Does the work with those of the blobs whose rows are there and whose bytes belong into the
   * store, which stay there meanwhile. Waits for transactions that are about to delete them.
   */
  keep(
    digests: readonly Digest[],
    work: (present: ReadonlySet<string>) => Promise<void>,
  ): Promise<void>;
  /** The same, while nobody sweeps; false, without doing it, when somebody does. */
  keepAlone(
    digests: readonly Digest[],
    work: (present: ReadonlySet<string>) => Promise<void>,
  ): Promise<boolean>;
  /** Makes candidates of unreferenced blobs, by digest after `last`. Resolves where to go on. */
  nominate(last: string, limit: number): Promise<string | undefined>;
  /** Makes rows, leased for so long, for blobs that have none. Resolves how many. */
  adopt(found: readonly Victim[], leaseSeconds: number): Promise<number>;
}

/** A sweep holds pushes of its blobs up, and commits before PostgreSQL loses patience. */
const IDLE_LIMIT = '60s';
const BUSY_RETRY_SECONDS = 5;
const FAILURE_RETRY_SECONDS = 60;

export function createSweepRepository(db: Database, points: SweepPoints = {}): SweepRepository {
  return {
    // Not by `transact`, which may run work twice: moving bytes is not undone by a rollback.
    sweep: (limit, move) => db.transaction().execute((tx) => sweep(tx, limit, move, points)),
    keep: (digests, work) => transact(db, async (tx) => work(await lockPresent(tx, digests))),
    keepAlone: (digests, work) =>
      transact(db, async (tx) => {
        if (!(await takeGcLock(tx, 'exclusive'))) return false;
        await work(await lockPresent(tx, digests));
        return true;
      }),
    nominate: (last, limit) => nominate(db, last, limit),
    adopt: (found, leaseSeconds) => adopt(db, found, leaseSeconds),
  };
}

interface Candidate {
  readonly id: number;
  readonly digest: Digest;
}

interface Look extends Victim {
  readonly leasedUntil: Date;
  readonly referenced: boolean;
  readonly leased: boolean;
}

async function sweep(
  tx: DatabaseTransaction,
  limit: number,
  move: (victims: readonly Victim[]) => Promise<readonly Digest[]>,
  points: SweepPoints,
): Promise<SweepBatch | undefined> {
  if (!(await takeGcLock(tx, 'shared'))) return undefined;
  await sql`SELECT set_config('idle_in_transaction_session_timeout', ${IDLE_LIMIT}, true)`.execute(
    tx,
  );
  const candidates = await lockCandidates(tx, limit);
  if (candidates.length === 0) return { seen: 0, swept: [], leased: 0 };
  const digests = [...new Set(candidates.map(({ digest }) => digest))];
  const locked = await lockBlobs(tx, digests);
  const looks = await lookAt(tx, digests);
  const free = looks.filter(({ referenced }) => !referenced);
  const victims = free.filter(({ digest, leased }) => locked.has(digest) && !leased);
  await points.beforeMove?.(victims.map(({ digest }) => digest));
  const moved = new Set<string>(victims.length === 0 ? [] : await move(victims));
  const swept = victims.filter(({ digest }) => moved.has(digest));
  const sweptDigests = swept.map(({ digest }) => digest);
  await sql`DELETE FROM blob WHERE digest = ANY(${sweptDigests}::text[])`.execute(tx);
  const leased = free.filter((look) => look.leased);
  const busy = looks.filter((look) => !locked.has(look.digest) && !look.leased);
  const failed = victims.filter(({ digest }) => !moved.has(digest));
  await settle(tx, candidates, [
    ...leased.map(({ digest, leasedUntil }) => ({ digest, at: leasedUntil })),
    ...busy.map(({ digest }) => ({ digest, inSeconds: BUSY_RETRY_SECONDS })),
    ...failed.map(({ digest }) => ({ digest, inSeconds: FAILURE_RETRY_SECONDS })),
  ]);
  await points.beforeCommit?.(sweptDigests);
  return { seen: candidates.length, swept, leased: leased.length };
}

/** Each collector takes candidates of its own. */
async function lockCandidates(tx: DatabaseTransaction, limit: number): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    SELECT id, digest FROM gc_candidate WHERE due_at <= now()
    ORDER BY due_at, id LIMIT ${limit} FOR UPDATE SKIP LOCKED`.execute(tx);
  return rows;
}

/** A row that somebody is about to refer to is locked by the foreign key, and left alone. */
async function lockBlobs(tx: DatabaseTransaction, digests: readonly Digest[]) {
  const { rows } = await sql<{ digest: string }>`
    SELECT digest FROM blob WHERE digest = ANY(${[...digests]}::text[])
    ORDER BY digest FOR UPDATE SKIP LOCKED`.execute(tx);
  return new Set(rows.map(({ digest }) => digest));
}

/** Only a statement after the locks sees all that was committed before them. */
async function lookAt(tx: DatabaseTransaction, digests: readonly Digest[]): Promise<Look[]> {
  const { rows } = await sql<Look>`
    SELECT digest, size, leased_until AS "leasedUntil", leased_until >= now() AS leased,
      EXISTS (SELECT FROM repository_blob link WHERE link.digest = blob.digest)
      OR EXISTS (SELECT FROM deleted_artifact_blob held WHERE held.digest = blob.digest)
        AS referenced
    FROM blob WHERE digest = ANY(${[...digests]}::text[]) ORDER BY digest`.execute(tx);
  return rows;
}

type Later = { readonly digest: Digest } & ({ readonly at: Date } | { readonly inSeconds: number });

/** One candidate stays for each blob to be looked at later; all others have been answered. */
async function settle(
  tx: DatabaseTransaction,
  candidates: readonly Candidate[],
  later: readonly Later[],
): Promise<void> {
  const first = new Map(candidates.toReversed().map(({ id, digest }) => [digest, id]));
  const kept = later.flatMap((one) => {
    const id = first.get(one.digest);
    return id === undefined ? [] : { id, one };
  });
  const ids = kept.map(({ id }) => id);
  if (kept.length > 0) {
    await sql`
      UPDATE gc_candidate SET due_at = coalesce(wait.at, now() + make_interval(secs => wait.secs))
      FROM unnest(${ids}::bigint[],
                  ${kept.map(({ one }) => ('at' in one ? one.at : null))}::timestamptz[],
                  ${kept.map(({ one }) => ('at' in one ? null : one.inSeconds))}::float8[])
        AS wait(id, at, secs)
      WHERE gc_candidate.id = wait.id`.execute(tx);
  }
  const gone = candidates.map(({ id }) => id).filter((id) => !ids.includes(id));
  await sql`DELETE FROM gc_candidate WHERE id = ANY(${gone}::bigint[])`.execute(tx);
}

async function lockPresent(tx: DatabaseTransaction, digests: readonly Digest[]) {
  const { rows } = await sql<{ digest: string }>`
    SELECT digest FROM blob
    WHERE digest = ANY(${[...digests]}::text[]) AND content IS NULL AND missing_since IS NULL
    ORDER BY digest FOR KEY SHARE`.execute(tx);
  return new Set(rows.map(({ digest }) => digest));
}

async function nominate(db: Database, last: string, limit: number): Promise<string | undefined> {
  const { rows } = await sql<{ digest: string | null; seen: number }>`
    WITH page AS (
      SELECT digest FROM blob WHERE digest > ${last} ORDER BY digest LIMIT ${limit}
    ),
    named AS (
      INSERT INTO gc_candidate (digest)
      SELECT digest FROM page
      WHERE NOT EXISTS (SELECT FROM repository_blob link WHERE link.digest = page.digest)
        AND NOT EXISTS (SELECT FROM deleted_artifact_blob held WHERE held.digest = page.digest)
    )
    SELECT max(digest) AS digest, count(*) AS seen FROM page`.execute(db);
  const [row] = rows;
  return row === undefined || row.seen < limit ? undefined : (row.digest ?? undefined);
}

async function adopt(
  db: Database,
  found: readonly Victim[],
  leaseSeconds: number,
): Promise<number> {
  const { rows } = await sql`
    WITH adopted AS (
      INSERT INTO blob (digest, size, leased_until)
      SELECT digest, size, now() + make_interval(secs => ${leaseSeconds})
      FROM unnest(${found.map(({ digest }) => digest)}::text[],
                  ${found.map(({ size }) => size)}::bigint[]) AS orphan(digest, size)
      ORDER BY digest ON CONFLICT DO NOTHING RETURNING digest, leased_until
    )
    INSERT INTO gc_candidate (digest, due_at) SELECT digest, leased_until FROM adopted
    RETURNING digest`.execute(db);
  return rows.length;
}
