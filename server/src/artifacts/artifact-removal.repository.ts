import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import { createOutbox } from '../events/index.ts';
import { AppError } from '../lib/index.ts';
import type { Actor } from './actor.ts';
import { immutableTag } from './artifact.repository.ts';
import { type ImmutableAmong, transactWithRules } from './immutable-tags.ts';
import {
  idsOf,
  type LockedArtifact,
  listFamily,
  listTags,
  lockArtifacts,
  lockDependents,
} from './locked-artifacts.repository.ts';
import { releaseUnused, retryLinking } from './project-blob.repository.ts';

/** Where something is removed, and for whom. */
export interface Removal {
  readonly repository: string;
  readonly repositoryId: number;
  readonly projectId: number;
  readonly actor: Actor;
}

/**
 * Takes artifacts out of a repository by Harbor's rules. They go to the trash with their blobs,
 * and what only they used no longer counts, in the same transaction.
 */
export interface ArtifactRemovalRepository {
  /**
   * Deletes an artifact with its tags, its accessories, and the untagged children that no other
   * index lists. Resolves false when it is not there.
   *
   * @throws AppError precondition when an index lists it, or a tag of what goes is immutable
   */
  delete(removal: Removal, digest: Digest): Promise<boolean>;
  /** @throws AppError precondition when a tag of the repository is immutable */
  refuseImmutable(removal: Removal): Promise<void>;
  /**
   * Deletes up to `limit` artifacts, whatever lists them. Resolves how many there were.
   *
   * @throws AppError precondition when a tag is immutable
   */
  deleteSome(removal: Removal, limit: number): Promise<number>;
  /** Deletes the repository if no artifact is in it (any more). */
  deleteRepository(removal: Removal): Promise<boolean>;
}

const outbox = createOutbox();
const TAGS_AT_ONCE = 1_000;

export function createArtifactRemovalRepository(
  db: Database,
  immutableAmong: ImmutableAmong,
): ArtifactRemovalRepository {
  return new SqlArtifactRemoval(db, immutableAmong);
}

class SqlArtifactRemoval implements ArtifactRemovalRepository {
  readonly #db: Database;
  readonly #immutableAmong: ImmutableAmong;

  constructor(db: Database, immutableAmong: ImmutableAmong) {
    this.#db = db;
    this.#immutableAmong = immutableAmong;
  }

  delete(removal: Removal, digest: Digest): Promise<boolean> {
    return transactWithRules(this.#db, this.#immutableAmong, removal, async (tx, rules) => {
      const family = await listFamily(tx, removal.repositoryId, digest);
      const digests = family.map((one) => one.digest);
      const locked = await lockArtifacts(tx, removal.repositoryId, digests);
      const root = locked.filter((one) => one.digest === digest);
      if (root.length === 0) return false;
      await refuseListed(tx, removal.repositoryId, digest);
      const all = await lockDependents(tx, removal.repositoryId, root);
      rules.refuseImmutable(await listTags(tx, all));
      const events = await listDeletions(tx, removal, root);
      await remove(tx, removal, all);
      await outbox.publish(tx, events);
      return true;
    });
  }

  async refuseImmutable(removal: Removal): Promise<void> {
    const { repository, repositoryId, projectId } = removal;
    for (let last: string | undefined = ''; last !== undefined; ) {
      const page = await this.#db
        .selectFrom('tag')
        .select('name')
        .where('repository_id', '=', repositoryId)
        .where('name', '>', last)
        .orderBy('name')
        .limit(TAGS_AT_ONCE)
        .execute();
      const names = page.map(({ name }) => name);
      const immutable = await this.#immutableAmong(projectId, repository, names);
      if (immutable.size > 0) throw immutableTag(repository, [...immutable]);
      last = names.length === TAGS_AT_ONCE ? names.at(-1) : undefined;
    }
  }

  deleteSome(removal: Removal, limit: number): Promise<number> {
    return transactWithRules(this.#db, this.#immutableAmong, removal, async (tx, rules) => {
      const first = await tx
        .selectFrom('artifact')
        .select('digest')
        .where('repository_id', '=', removal.repositoryId)
        .orderBy('id')
        .limit(limit)
        .execute();
      const digests = first.map(({ digest }) => digest);
      const some = await lockArtifacts(tx, removal.repositoryId, digests);
      if (some.length === 0) return 0;
      rules.refuseImmutable(await listTags(tx, some));
      const events = await listDeletions(tx, removal, await filterListed(tx, some));
      await remove(tx, removal, some);
      await outbox.publish(tx, events);
      return some.length;
    });
  }

  deleteRepository(removal: Removal): Promise<boolean> {
    return retryLinking(() => transact(this.#db, (tx) => deleteEmptyRepository(tx, removal)));
  }
}

async function deleteEmptyRepository(
  tx: DatabaseTransaction,
  { repository, repositoryId, projectId, actor }: Removal,
): Promise<boolean> {
  // Waits for pushes under way, which the next statement then sees.
  const place = await tx
    .selectFrom('repository')
    .select('id')
    .where('id', '=', repositoryId)
    .forUpdate()
    .executeTakeFirst();
  if (place === undefined) return true;
  const artifact = await tx
    .selectFrom('artifact')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .limit(1)
    .executeTakeFirst();
  if (artifact !== undefined) return false;
  const links = await tx
    .deleteFrom('repository_blob')
    .where('repository_id', '=', repositoryId)
    .returning('digest')
    .execute();
  await tx.deleteFrom('repository').where('id', '=', repositoryId).execute();
  await releaseUnused(
    tx,
    projectId,
    links.map(({ digest }) => digest),
  );
  const { name: operator, requestId } = actor;
  await outbox.publish(tx, [
    { type: 'DELETE_REPOSITORY', projectId, repository, operator, requestId },
  ]);
  return true;
}

async function refuseListed(
  tx: DatabaseTransaction,
  repositoryId: number,
  digest: Digest,
): Promise<void> {
  const parent = await tx
    .selectFrom('artifact_reference')
    .innerJoin('artifact', 'artifact.id', 'artifact_reference.artifact_id')
    .select('artifact.digest')
    .where('artifact_reference.repository_id', '=', repositoryId)
    .where('child_digest', '=', digest)
    .limit(1)
    .executeTakeFirst();
  if (parent === undefined) return;
  throw new AppError(
    'precondition',
    `${digest} is listed by the index ${parent.digest}; delete that index first`,
  );
}

async function filterListed(
  tx: DatabaseTransaction,
  artifacts: readonly LockedArtifact[],
): Promise<LockedArtifact[]> {
  return tx
    .selectFrom('artifact')
    .select(['id', 'digest'])
    .where((eb) => eb('id', '=', eb.fn.any(eb.val(idsOf(artifacts)))))
    .where('is_listed', '=', true)
    .execute();
}

/** What subscribers are told of artifacts that are about to go. */
async function listDeletions(
  tx: DatabaseTransaction,
  { projectId, repository, actor }: Removal,
  artifacts: readonly LockedArtifact[],
) {
  const { rows } = await sql<{ digest: Digest; tags: string[]; labels: string[] }>`
    SELECT artifact.digest,
      ARRAY(SELECT name FROM tag WHERE tag.artifact_id = artifact.id ORDER BY name) AS tags,
      ARRAY(SELECT label.name FROM artifact_label JOIN label ON label.id = label_id
            WHERE artifact_id = artifact.id ORDER BY label.name) AS labels
    FROM artifact WHERE id = ANY(${idsOf(artifacts)}::bigint[]) ORDER BY id`.execute(tx);
  const { name: operator, requestId } = actor;
  const type = 'DELETE_ARTIFACT' as const;
  return rows.map((row) => ({ type, projectId, repository, operator, requestId, ...row }));
}

/** Moves artifacts to the trash, and unlinks the blobs that only they needed. */
async function remove(
  tx: DatabaseTransaction,
  removal: Removal,
  artifacts: readonly LockedArtifact[],
): Promise<void> {
  const { repositoryId, projectId, actor } = removal;
  const ids = idsOf(artifacts);
  const blobs = await tx
    .selectFrom('artifact_blob')
    .select('digest')
    .distinct()
    .where((eb) => eb('artifact_id', '=', eb.fn.any(eb.val(ids))))
    .execute();
  const digests = blobs.map(({ digest }) => digest);
  await lockLinks(tx, repositoryId, digests);
  await sql`SELECT set_config('berth.actor', ${actor.name}, true)`.execute(tx);
  await trash(tx, removal, ids);
  // Tags by themselves: their history tells which digest they were at.
  await sql`DELETE FROM tag WHERE artifact_id = ANY(${ids}::bigint[])`.execute(tx);
  await sql`DELETE FROM artifact WHERE id = ANY(${ids}::bigint[])`.execute(tx);
  await unlinkUnneeded(tx, repositoryId, digests);
  const manifests = artifacts.map(({ digest }) => digest);
  await releaseUnused(tx, projectId, [...digests, ...manifests]);
}

async function trash(
  tx: DatabaseTransaction,
  { repository, repositoryId, actor }: Removal,
  ids: readonly number[],
): Promise<void> {
  await sql`
    WITH trashed AS (
      INSERT INTO deleted_artifact (project_id, repository_name, digest, media_type, type, content,
                                    total_size, accessory_of, tags, pushed_at, deleted_by)
      SELECT project_id, ${repository}, digest, media_type, type, content, total_size, accessory_of,
             ARRAY(SELECT name FROM tag WHERE tag.artifact_id = artifact.id ORDER BY name),
             pushed_at, ${actor.name}
      FROM artifact WHERE id = ANY(${[...ids]}::bigint[]) ORDER BY digest
      ON CONFLICT (repository_name, digest)
      DO UPDATE SET project_id = excluded.project_id, media_type = excluded.media_type,
        type = excluded.type, total_size = excluded.total_size, tags = excluded.tags,
        accessory_of = excluded.accessory_of, content = excluded.content,
        pushed_at = excluded.pushed_at, deleted_by = excluded.deleted_by, deleted_at = now()
      RETURNING id, digest
    )
    INSERT INTO deleted_artifact_blob (deleted_artifact_id, digest)
    SELECT trashed.id, needed.digest
    FROM trashed
    JOIN artifact ON artifact.repository_id = ${repositoryId} AND artifact.digest = trashed.digest
    JOIN artifact_blob needed ON needed.artifact_id = artifact.id
    ON CONFLICT DO NOTHING`.execute(tx);
}

/** So that of two deletions at once, the second sees what the first left. */
async function lockLinks(
  tx: DatabaseTransaction,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<void> {
  await sql`
    SELECT FROM repository_blob
    WHERE repository_id = ${repositoryId} AND digest = ANY(${[...digests]}::text[])
    ORDER BY digest FOR UPDATE`.execute(tx);
}

/** Hides the blobs, locked already, that no manifest of the repository needs any more. */
async function unlinkUnneeded(
  tx: DatabaseTransaction,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<void> {
  await sql`
    DELETE FROM repository_blob AS link
    WHERE repository_id = ${repositoryId} AND digest = ANY(${[...digests]}::text[])
      AND NOT EXISTS (SELECT FROM artifact_blob needed
        WHERE needed.repository_id = link.repository_id
          AND needed.digest = link.digest)`.execute(tx);
}
