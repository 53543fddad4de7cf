import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../db/index.ts';

/** An artifact's row, locked by the transaction unless told. */
export interface LockedArtifact {
  readonly id: number;
  readonly digest: Digest;
}

/** Each lock takes shared memory, of which there is not enough for tags without number. */
const MAX_NAME_LOCKS = 50;

/**
 * Makes those who make, move or delete one tag take turns, also while there is no such tag whose
 * row they could lock. Ends with the transaction.
 */
function lockNames(repositoryId: number, tags: readonly string[]) {
  const names = [...new Set(tags)].toSorted().slice(0, MAX_NAME_LOCKS);
  return sql`
    SELECT pg_advisory_xact_lock(hashtextextended(name, ${repositoryId}))
    FROM (SELECT name FROM unnest(${names}::text[]) AS name ORDER BY name COLLATE "C") AS sorted`;
}

/** Before anything else of a transaction that makes, moves or deletes the tag. */
export async function lockName(
  tx: DatabaseTransaction,
  { repositoryId, name }: { readonly repositoryId: number; readonly name: string },
): Promise<void> {
  await lockNames(repositoryId, [name]).execute(tx);
}

/**
 * A part of a WITH, `ahead`, for statements that move tags and list children: locks the tags, the
 * artifacts where they are, and those with the digests. Whoever locks several rows takes them in
 * this order, tags by name before artifacts by id, so that nobody waits in a circle.
 */
export function lockAhead(
  repositoryId: number,
  tags: readonly string[],
  digests: readonly Digest[],
) {
  return sql`
    named AS (${lockNames(repositoryId, tags)}),
    moved AS (
      SELECT artifact_id FROM tag
      WHERE repository_id = ${repositoryId} AND name = ANY(${[...tags]}::text[])
        AND (SELECT count(*) FROM named) >= 0
      ORDER BY name FOR UPDATE
    ),
    ahead AS (
      SELECT id FROM artifact
      WHERE id = ANY(ARRAY(
        SELECT artifact_id FROM moved
        UNION ALL
        SELECT id FROM artifact
        WHERE repository_id = ${repositoryId} AND digest = ANY(${[...digests]}::text[])))
      ORDER BY id FOR NO KEY UPDATE
    )`;
}

/** An artifact, what it lists, and everything that is about one of them; not locked. */
export async function listFamily(
  db: Database | DatabaseTransaction,
  repositoryId: number,
  digest: Digest,
): Promise<LockedArtifact[]> {
  const { rows } = await sql<LockedArtifact>`
    WITH RECURSIVE family AS (
      SELECT id, digest FROM artifact
      WHERE repository_id = ${repositoryId} AND digest = ${digest}
      UNION
      SELECT artifact.id, artifact.digest
      FROM family
      LEFT JOIN artifact_reference edge ON edge.artifact_id = family.id
      JOIN artifact ON artifact.repository_id = ${repositoryId}
        AND (artifact.digest = edge.child_digest OR artifact.accessory_of = family.digest)
    )
    SELECT id, digest FROM family`.execute(db);
  return rows;
}

/** Ends a transaction that `transactWithRules` then runs again. */
export class StartAgain extends Error {
  override readonly name = 'StartAgain';
  /** Tags that it came upon, and whose rules it does not know. */
  readonly unknownTags: readonly string[];

  constructor(unknownTags: readonly string[] = []) {
    super('the transaction has to start again');
    this.unknownTags = unknownTags;
  }
}

/**
 * Locks the artifacts and their tags for deletion; gives those that are there.
 *
 * @throws StartAgain when tags came to them in between: waiting for those now could be for ever
 */
export async function lockArtifacts(
  tx: DatabaseTransaction,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<LockedArtifact[]> {
  if (digests.length === 0) return [];
  const { rows: tags } = await sql<{ name: string }>`
    SELECT name FROM tag
    WHERE repository_id = ${repositoryId} AND artifact_id IN (
      SELECT id FROM artifact
      WHERE repository_id = ${repositoryId} AND digest = ANY(${[...digests]}::text[]))
    ORDER BY name FOR UPDATE`.execute(tx);
  const artifacts = await tx
    .selectFrom('artifact')
    .select(['id', 'digest'])
    .where('repository_id', '=', repositoryId)
    .where((eb) => eb('digest', '=', eb.fn.any(eb.val([...digests]))))
    .orderBy('id')
    .forUpdate()
    .execute();
  const locked = new Set(tags.map(({ name }) => name));
  const names = await listTags(tx, artifacts);
  if (names.some((name) => !locked.has(name))) throw new StartAgain();
  return artifacts;
}

/** Sorted names of the artifacts' tags. */
export async function listTags(
  tx: DatabaseTransaction,
  artifacts: readonly LockedArtifact[],
): Promise<string[]> {
  const rows = await tx
    .selectFrom('tag')
    .select('name')
    .where((eb) => eb('artifact_id', '=', eb.fn.any(eb.val(idsOf(artifacts)))))
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}

/** The artifacts with their accessories, and with the children that nothing else keeps; locked. */
export async function lockDependents(
  tx: DatabaseTransaction,
  repositoryId: number,
  roots: readonly LockedArtifact[],
): Promise<LockedArtifact[]> {
  const all = [...roots];
  for (let frontier = roots; frontier.length > 0; ) {
    const { rows } = await dependentsOf(repositoryId, frontier, all).execute(tx);
    const candidates = await lockArtifacts(
      tx,
      repositoryId,
      rows.map(({ digest }) => digest),
    );
    // Only now, in a statement of its own, is what a deletion at the same time took really gone.
    frontier = await filterDangling(tx, repositoryId, { candidates, frontier, all });
    all.push(...frontier);
  }
  return all;
}

/**
 * Accessories of `frontier` and what its indexes list, without `all`. Two queries in one: an OR
 * would read the whole repository. Exported for the test that looks at its plan.
 */
export function dependentsOf(
  repositoryId: number,
  frontier: readonly LockedArtifact[],
  all: readonly LockedArtifact[],
) {
  return sql<{ digest: Digest }>`
    SELECT digest FROM artifact
    WHERE repository_id = ${repositoryId} AND id <> ALL(${idsOf(all)}::bigint[])
      AND accessory_of = ANY(${frontier.map(({ digest }) => digest)}::text[])
    UNION
    SELECT child.digest FROM artifact_reference edge
    JOIN artifact child ON child.repository_id = ${repositoryId}
      AND child.digest = edge.child_digest
    WHERE edge.artifact_id = ANY(${idsOf(frontier)}::bigint[])
      AND child.id <> ALL(${idsOf(all)}::bigint[])`;
}

interface Generation {
  readonly candidates: readonly LockedArtifact[];
  readonly frontier: readonly LockedArtifact[];
  readonly all: readonly LockedArtifact[];
}

async function filterDangling(
  tx: DatabaseTransaction,
  repositoryId: number,
  { candidates, frontier, all }: Generation,
): Promise<LockedArtifact[]> {
  if (candidates.length === 0) return [];
  const { rows } = await sql<LockedArtifact>`
    SELECT id, digest FROM artifact
    WHERE id = ANY(${idsOf(candidates)}::bigint[]) AND (
      accessory_of = ANY(${frontier.map(({ digest }) => digest)}::text[])
      OR (NOT EXISTS (SELECT FROM tag WHERE tag.artifact_id = artifact.id)
        AND NOT EXISTS (SELECT FROM artifact_reference edge
          WHERE edge.repository_id = ${repositoryId} AND edge.child_digest = artifact.digest
            AND edge.artifact_id <> ALL(${idsOf(all)}::bigint[]))))
    ORDER BY id`.execute(tx);
  return rows;
}

export function idsOf(artifacts: readonly LockedArtifact[]): number[] {
  return artifacts.map(({ id }) => id);
}

/** Tags that an artifact may have, each pushed at that time. */
export type ExpectedTags = readonly { readonly name: string; readonly pushTime: Date }[];

/** Whether the artifact, locked with its tags, has none but these; they need not all be there. */
export async function hasOnlyTags(
  tx: DatabaseTransaction,
  artifactId: number,
  expected: ExpectedTags,
): Promise<boolean> {
  const times = new Map(expected.map(({ name, pushTime }) => [name, pushTime.getTime()]));
  const tags = await tx
    .selectFrom('tag')
    .select(['name', 'pushed_at'])
    .where('artifact_id', '=', artifactId)
    .execute();
  return tags.every(({ name, pushed_at: at }) => times.get(name) === at.getTime());
}
