import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../db/index.ts';
import { createOutbox, type DomainEventType } from '../events/index.ts';
import type { Actor } from './actor.ts';
import { type ImmutableAmong, type TagRules, transactWithRules } from './immutable-tags.ts';
import { lockAhead, lockName, StartAgain } from './locked-artifacts.repository.ts';

/** A tag, and on whose behalf it is changed. */
export interface TagChange {
  readonly repository: string;
  readonly repositoryId: number;
  readonly projectId: number;
  readonly name: string;
  readonly actor: Actor;
}

export interface TagRepository {
  /** Tags after `last` in bytewise order; undefined when the repository holds no artifact. */
  list(repository: string, page: { last: string; limit: number }): Promise<string[] | undefined>;
  /**
   * Makes a tag for an artifact of the repository. Resolves `taken`, and changes nothing, when the
   * tag exists, and `absent` when the artifact does not.
   */
  create(change: TagChange, digest: Digest): Promise<'created' | 'taken' | 'absent'>;
  /**
   * Moves a tag, or makes it. Resolves false when the artifact is not there.
   *
   * @throws AppError precondition when the tag exists and is immutable
   */
  move(change: TagChange, digest: Digest): Promise<boolean>;
  /**
   * Resolves false when it was not there, or not at `digest` where that is given.
   *
   * @throws AppError precondition when the tag is immutable
   */
  delete(change: TagChange, digest?: Digest): Promise<boolean>;
}

const outbox = createOutbox();

export function createTagRepository(db: Database, immutableAmong: ImmutableAmong): TagRepository {
  return new SqlTagRepository(db, immutableAmong);
}

class SqlTagRepository implements TagRepository {
  readonly #db: Database;
  readonly #immutableAmong: ImmutableAmong;

  constructor(db: Database, immutableAmong: ImmutableAmong) {
    this.#db = db;
    this.#immutableAmong = immutableAmong;
  }

  async list(repository: string, { last, limit }: { last: string; limit: number }) {
    // One round trip, and one value: JSON is what Node parses fastest.
    const { rows } = await sql<{ names: string[] | null }>`
      SELECT (
        SELECT json_agg(page.name) FROM (
          SELECT name FROM tag
          WHERE tag.repository_id = repository.id AND tag.name > ${last}
          ORDER BY name LIMIT ${limit}
        ) page
      ) AS names
      FROM repository
      WHERE repository.name = ${repository}
        AND EXISTS (SELECT FROM artifact WHERE artifact.repository_id = repository.id)`.execute(
      this.#db,
    );
    const [known] = rows;
    return known && (known.names ?? []);
  }

  create(change: TagChange, digest: Digest): Promise<'created' | 'taken' | 'absent'> {
    return this.#transact(change, async (tx) => {
      const taken = await lockTag(tx, change);
      const artifact = await lockArtifact(tx, change.repositoryId, digest);
      if (artifact === undefined) return 'absent';
      if (taken !== undefined || !(await insert(tx, change, artifact.id))) return 'taken';
      await publish(tx, 'CREATE_TAG', change, digest);
      return 'created';
    });
  }

  move(change: TagChange, digest: Digest): Promise<boolean> {
    return this.#transact(change, async (tx, rules) => {
      const tag = await lockTag(tx, change);
      if (tag !== undefined) rules.refuseImmutable([change.name]);
      await sql`
        WITH ${lockAhead(change.repositoryId, [change.name], [digest])}
        SELECT FROM ahead`.execute(tx);
      const artifact = await lockArtifact(tx, change.repositoryId, digest);
      if (artifact === undefined) return false;
      if (tag?.digest === digest) return true;
      if (tag !== undefined) await update(tx, tag.id, artifact.id);
      // Somebody made the tag in between; then it is there to be moved.
      else if (!(await insert(tx, change, artifact.id))) throw new StartAgain();
      await publish(tx, 'CREATE_TAG', change, digest);
      return true;
    });
  }

  delete(change: TagChange, digest?: Digest): Promise<boolean> {
    return this.#transact(change, async (tx, rules) => {
      const tag = await lockTag(tx, change);
      if (tag === undefined || (digest !== undefined && tag.digest !== digest)) return false;
      rules.refuseImmutable([change.name]);
      await tx.deleteFrom('tag').where('id', '=', tag.id).execute();
      await publish(tx, 'DELETE_TAG', change, tag.digest);
      return true;
    });
  }

  #transact<T>(
    change: TagChange,
    work: (tx: DatabaseTransaction, rules: TagRules) => Promise<T>,
  ): Promise<T> {
    const { actor, name } = change;
    return transactWithRules(
      this.#db,
      this.#immutableAmong,
      change,
      async (tx, rules) => {
        await lockName(tx, change);
        await sql`SELECT set_config('berth.actor', ${actor.name}, true)`.execute(tx);
        return work(tx, rules);
      },
      [name],
    );
  }
}

/** Locks the tag, then tells where it is: a join would lose a tag that moved meanwhile. */
async function lockTag(tx: DatabaseTransaction, { repositoryId, name }: TagChange) {
  const tag = await tx
    .selectFrom('tag')
    .select(['id', 'artifact_id'])
    .where('repository_id', '=', repositoryId)
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirst();
  if (tag === undefined) return undefined;
  const { digest } = await tx
    .selectFrom('artifact')
    .select('digest')
    .where('id', '=', tag.artifact_id)
    .executeTakeFirstOrThrow();
  return { id: tag.id, digest };
}

function lockArtifact(tx: DatabaseTransaction, repositoryId: number, digest: Digest) {
  return tx
    .selectFrom('artifact')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** False when the tag exists. */
async function insert(
  tx: DatabaseTransaction,
  { repositoryId, name }: TagChange,
  artifactId: number,
): Promise<boolean> {
  const created = await tx
    .insertInto('tag')
    .values({ repository_id: repositoryId, name, artifact_id: artifactId })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return created !== undefined;
}

async function update(tx: DatabaseTransaction, id: number, artifactId: number): Promise<void> {
  await tx
    .updateTable('tag')
    .set({ artifact_id: artifactId, pushed_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}

function publish(
  tx: DatabaseTransaction,
  type: Extract<DomainEventType, 'CREATE_TAG' | 'DELETE_TAG'>,
  { projectId, repository, name, actor }: TagChange,
  digest: Digest,
): Promise<void> {
  const { name: operator, requestId } = actor;
  return outbox.publish(tx, [
    { type, projectId, repository, digest, tag: name, operator, requestId },
  ]);
}
