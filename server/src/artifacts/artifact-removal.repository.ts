import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import { createOutbox } from '../events/index.ts';
import { AppError } from '../lib/index.ts';
import { immutableTag } from './artifact.repository.ts';
import { type ImmutableAmong, transactWithRules } from './immutable-tags.ts';
import {
  type ExpectedTags,
  hasOnlyTags,
  idsOf,
  type LockedArtifact,
  listFamily,
  listTags,
  lockArtifacts,
  lockDependents,
} from './locked-artifacts.repository.ts';
import { releaseUnused, retryLinking } from './project-blob.repository.ts';
import type { Removal } from './removal.ts';
import { trashArtifacts } from './trashing.repository.ts';
import { isForgotten } from './untagged-artifacts.repository.ts';

/**
 * Takes artifacts out of a repository by Harbor's rules. They go to the trash with their blobs,
 * and what only they used no longer counts, in the same transaction.
 */
export interface ArtifactRemovalRepository {
  /**
   * Deletes an artifact with its tags, its accessories, and the untagged children that no other
   * index lists. Resolves false when it is not there, or has another tag than `expected` tells.
   *
   * @throws AppError precondition when an index lists it, or a tag of what goes is immutable
   */
  delete(removal: Removal, digest: Digest, expected?: ExpectedTags): Promise<boolean>;
  /**
   * The same, unless a tag is at the artifact, or may be about to: one that never had a tag and
   * was pushed less than `ageSeconds` ago may wait for its index.
   */
  deleteUntagged(removal: Removal, digest: Digest, ageSeconds: number): Promise<boolean>;
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

  delete(removal: Removal, digest: Digest, expected?: ExpectedTags): Promise<boolean> {
    return this.#delete(
      removal,
      digest,
      async (tx, { id }) => expected === undefined || hasOnlyTags(tx, id, expected),
    );
  }

  deleteUntagged(removal: Removal, digest: Digest, ageSeconds: number): Promise<boolean> {
    return this.#delete(removal, digest, (tx, { id }) => isForgotten(tx, id, ageSeconds));
  }

  /** @param isMeant asked with the artifact and its tags locked */
  #delete(
    removal: Removal,
    digest: Digest,
    isMeant: (tx: DatabaseTransaction, artifact: LockedArtifact) => Promise<boolean>,
  ): Promise<boolean> {
    return transactWithRules(this.#db, this.#immutableAmong, removal, async (tx, rules) => {
      const family = await listFamily(tx, removal.repositoryId, digest);
      const digests = family.map((one) => one.digest);
      const locked = await lockArtifacts(tx, removal.repositoryId, digests);
      const root = locked.filter((one) => one.digest === digest);
      const [artifact] = root;
      if (artifact === undefined || !(await isMeant(tx, artifact))) return false;
      await refuseListed(tx, removal.repositoryId, digest);
      const all = await lockDependents(tx, removal.repositoryId, root);
      rules.refuseImmutable(await listTags(tx, all));
      const events = await listDeletions(tx, removal, root);
      await trashArtifacts(tx, removal, all);
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
      await trashArtifacts(tx, removal, some);
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
