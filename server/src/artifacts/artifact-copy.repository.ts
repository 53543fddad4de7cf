import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../db/index.ts';
import { createOutbox } from '../events/index.ts';
import type { Actor } from './actor.ts';
import { immutableTag } from './artifact.repository.ts';
import { type ImmutableAmong, type TagRules, transactWithRules } from './immutable-tags.ts';
import { idsOf, listFamily, lockAhead } from './locked-artifacts.repository.ts';
import { countUsed } from './project-blob.repository.ts';

/** An artifact with all that a copy of it brings along: children and accessories, theirs too. */
export interface CopySource {
  readonly artifactId: number;
  readonly digest: Digest;
  readonly isAccessory: boolean;
  /** Ids of all artifacts to copy. */
  readonly ids: readonly number[];
  /** What they consist of, manifests and blobs. */
  readonly content: readonly { readonly digest: Digest; readonly size: number }[];
  readonly tags: readonly string[];
  /** The tags with where they are, and those by which cosign finds its signatures. */
  readonly moves: readonly TagMove[];
}

interface TagMove {
  readonly name: string;
  readonly digest: Digest;
}

export interface CopyTarget {
  readonly repository: string;
  readonly repositoryId: number;
  readonly projectId: number;
  readonly actor: Actor;
}

export interface ArtifactCopyRepository {
  find(repository: string, digest: Digest): Promise<CopySource | undefined>;
  /**
   * Shows the artifacts in the target too, and moves the source's tags there. No bytes move.
   * Resolves false, and changes nothing, when some of the source is gone meanwhile.
   *
   * @throws AppError precondition when a tag of the target is immutable
   */
  copy(source: CopySource, target: CopyTarget): Promise<boolean>;
}

const outbox = createOutbox();

export function createArtifactCopyRepository(
  db: Database,
  immutableAmong: ImmutableAmong,
): ArtifactCopyRepository {
  return {
    find: (repository, digest) => findSource(db, repository, digest),
    copy: (source, target) => {
      const names = source.moves.map(({ name }) => name);
      return transactWithRules(
        db,
        immutableAmong,
        target,
        async (tx, rules) => {
          if (!(await keepSource(tx, source))) return false;
          const { content: parts, tags } = source;
          const digests = parts.map(({ digest }) => digest);
          await sql`WITH ${lockAhead(target.repositoryId, names, digests)}
            SELECT FROM ahead`.execute(tx);
          await link(tx, source, target);
          await join(tx, source, target);
          await tag(tx, source, target, rules);
          const { projectId, repository, actor } = target;
          const { digest } = source;
          const { name: operator, requestId } = actor;
          await outbox.publish(tx, [
            { type: 'PUSH_ARTIFACT', projectId, repository, digest, tags, operator, requestId },
          ]);
          return true;
        },
        names,
      );
    },
  };
}

/** Holds deletions of the source off; false when one came before. */
async function keepSource(tx: DatabaseTransaction, { ids }: CopySource): Promise<boolean> {
  const kept = await tx
    .selectFrom('artifact')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .orderBy('id')
    .forKeyShare()
    .execute();
  return kept.length === ids.length;
}

async function findSource(
  db: Database,
  repository: string,
  digest: Digest,
): Promise<CopySource | undefined> {
  const root = await db
    .selectFrom('repository')
    .innerJoin('artifact', 'artifact.repository_id', 'repository.id')
    .select(['artifact.id', 'artifact.repository_id', 'artifact.accessory_of'])
    .where('repository.name', '=', repository)
    .where('artifact.digest', '=', digest)
    .executeTakeFirst();
  if (root === undefined) return undefined;
  const ids = idsOf(await listFamily(db, root.repository_id, digest));
  const moves = await listMoves(db, root.id, ids);
  return {
    digest,
    ids,
    artifactId: root.id,
    isAccessory: root.accessory_of !== null,
    content: await listContent(db, ids),
    tags: moves.filter((move) => move.digest === digest).map(({ name }) => name),
    moves,
  };
}

/** A signature that cosign pushed by its tag is found by nothing else. */
async function listMoves(db: Database, root: number, ids: readonly number[]): Promise<TagMove[]> {
  const { rows } = await sql<TagMove>`
    SELECT tag.name, artifact.digest
    FROM tag JOIN artifact ON artifact.id = tag.artifact_id
    WHERE tag.artifact_id = ANY(${[...ids]}::bigint[])
      AND (artifact.id = ${root}
        OR starts_with(tag.name, replace(artifact.accessory_of, ':', '-') || '.'))
    ORDER BY tag.name`.execute(db);
  return rows;
}

async function listContent(db: Database, ids: readonly number[]) {
  const { rows } = await sql<{ digest: Digest; size: number }>`
    SELECT digest, size::bigint FROM artifact WHERE id = ANY(${[...ids]}::bigint[])
    UNION
    SELECT blob.digest, blob.size
    FROM artifact_blob needed JOIN blob ON blob.digest = needed.digest
    WHERE needed.artifact_id = ANY(${[...ids]}::bigint[])`.execute(db);
  return rows;
}

/** Counts what the project did not have, and links the blobs. */
async function link(
  tx: DatabaseTransaction,
  { content, ids }: CopySource,
  { repositoryId, projectId }: CopyTarget,
): Promise<void> {
  const sorted = content.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  await sql`
    WITH used AS (
      SELECT ${projectId}::bigint AS project_id, digest, size
      FROM unnest(${sorted.map(({ digest }) => digest)}::text[],
                  ${sorted.map(({ size }) => size)}::bigint[]) AS part(digest, size)
    ),
    ${countUsed}
    INSERT INTO repository_blob (repository_id, project_id, digest)
    SELECT DISTINCT ${repositoryId}::bigint, ${projectId}::bigint, digest
    FROM artifact_blob WHERE artifact_id = ANY(${[...ids]}::bigint[])
    ORDER BY digest
    ON CONFLICT DO NOTHING`.execute(tx);
}

/** The artifacts' rows, with what they need and list. */
async function join(
  tx: DatabaseTransaction,
  { ids }: CopySource,
  { repositoryId, projectId }: CopyTarget,
): Promise<void> {
  const originals = sql`artifact.id = ANY(${[...ids]}::bigint[])`;
  await sql`
    INSERT INTO artifact (repository_id, project_id, digest, media_type, artifact_type,
                          subject_digest, annotations, size, content, type, config_media_type,
                          total_size, accessory_of, accessory_type, extra_attrs, is_listed)
    SELECT ${repositoryId}, ${projectId}, digest, media_type, artifact_type, subject_digest,
           annotations, size, content, type, config_media_type, total_size, accessory_of,
           accessory_type, extra_attrs,
           accessory_of IS NULL AND NOT EXISTS (SELECT FROM artifact_reference edge
             WHERE edge.repository_id = ${repositoryId} AND edge.child_digest = artifact.digest)
    FROM artifact WHERE ${originals} ORDER BY digest
    ON CONFLICT DO NOTHING`.execute(tx);
  const pairs = sql`artifact JOIN artifact made
    ON made.repository_id = ${repositoryId} AND made.digest = artifact.digest`;
  await sql`
    INSERT INTO artifact_blob (artifact_id, repository_id, digest)
    SELECT made.id, ${repositoryId}, needed.digest
    FROM ${pairs} JOIN artifact_blob needed ON needed.artifact_id = artifact.id
    WHERE ${originals} ON CONFLICT DO NOTHING`.execute(tx);
  await sql`
    INSERT INTO artifact_reference (artifact_id, repository_id, child_digest, platform,
                                    annotations, urls, position)
    SELECT made.id, ${repositoryId}, edge.child_digest, edge.platform, edge.annotations,
           edge.urls, edge.position
    FROM ${pairs} JOIN artifact_reference edge ON edge.artifact_id = artifact.id
    WHERE ${originals} ON CONFLICT DO NOTHING`.execute(tx);
}

/** Moves tags; immutable ones are only made, and must then be at the artifact. */
async function tag(
  tx: DatabaseTransaction,
  { moves }: CopySource,
  { repository, repositoryId, actor }: CopyTarget,
  rules: TagRules,
): Promise<void> {
  if (moves.length === 0) return;
  const fixed = rules.filterImmutable(moves.map(({ name }) => name));
  const wanted = sql`unnest(${moves.map(({ name }) => name)}::text[],
                            ${moves.map(({ digest }) => digest)}::text[]) AS wanted(name, digest)`;
  await sql`SELECT set_config('berth.actor', ${actor.name}, true)`.execute(tx);
  await sql`
    INSERT INTO tag (repository_id, name, artifact_id)
    SELECT ${repositoryId}::bigint, wanted.name, artifact.id
    FROM ${wanted} JOIN artifact
      ON artifact.repository_id = ${repositoryId} AND artifact.digest = wanted.digest
    ORDER BY wanted.name
    ON CONFLICT (repository_id, name)
    DO UPDATE SET artifact_id = excluded.artifact_id, pushed_at = now()
    WHERE tag.artifact_id <> excluded.artifact_id
      AND tag.name <> ALL(${fixed}::text[])`.execute(tx);
  if (fixed.length === 0) return;
  const { rows } = await sql<{ name: string }>`
    SELECT tag.name
    FROM ${wanted} JOIN tag ON tag.repository_id = ${repositoryId} AND tag.name = wanted.name
    JOIN artifact ON artifact.id = tag.artifact_id
    WHERE tag.name = ANY(${fixed}::text[]) AND artifact.digest <> wanted.digest
    ORDER BY tag.name`.execute(tx);
  const taken = rows.map(({ name }) => name);
  if (taken.length > 0) throw immutableTag(repository, taken);
}
