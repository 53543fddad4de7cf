import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import type { MadeArtifact, MadeBlob, MadeContent } from './dev-seed.content.ts';

export interface SeedTarget {
  readonly projectId: number;
  readonly repositoryId: number;
  /** Ids of the project's labels. */
  readonly labelIds: readonly number[];
}

export interface SeedRepository {
  findProjectId(name: string): Promise<number | undefined>;
  /** The highest of the numbers that our repositories of the project have; 0 without any. */
  findLastNumber(projectId: number): Promise<number>;
  /** Labels of a project by these names, made where they are not there; ids in order of names. */
  ensureLabels(projectId: number, names: readonly string[]): Promise<number[]>;
  createRepository(projectId: number, name: string): Promise<number>;
  /** All or nothing, as if it had been pushed. */
  put(target: SeedTarget, content: MadeContent): Promise<void>;
  /** Tells PostgreSQL what the tables hold now, as its autovacuum would a little later. */
  analyze(): Promise<void>;
}

export function createSeedRepository(db: Database, actor: string): SeedRepository {
  return new SqlSeedRepository(db, actor);
}

class SqlSeedRepository implements SeedRepository {
  readonly #db: Database;
  readonly #actor: string;

  constructor(db: Database, actor: string) {
    this.#db = db;
    this.#actor = actor;
  }

  async findProjectId(name: string): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('project')
      .select('id')
      .where('name', '=', name)
      .executeTakeFirst();
    return row?.id;
  }

  async findLastNumber(projectId: number): Promise<number> {
    const { last } = await this.#db
      .selectFrom('repository')
      .select(
        sql<number>`coalesce(max(substring(name FROM '/(?:app|chart)-(\\d{4,9})$')::integer), 0)`.as(
          'last',
        ),
      )
      .where('project_id', '=', projectId)
      .executeTakeFirstOrThrow();
    return last;
  }

  async ensureLabels(projectId: number, names: readonly string[]): Promise<number[]> {
    if (names.length === 0) return [];
    await this.#db
      .insertInto('label')
      .values(names.map((name) => ({ project_id: projectId, name, color: '#0079B8' })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const rows = await this.#db
      .selectFrom('label')
      .select(['id', 'name'])
      .where('project_id', '=', projectId)
      .where('name', 'in', names)
      .execute();
    const ids = new Map(rows.map(({ id, name }) => [name, id]));
    return names.flatMap((name) => ids.get(name) ?? []);
  }

  async createRepository(projectId: number, name: string): Promise<number> {
    const { id } = await this.#db
      .insertInto('repository')
      .values({ project_id: projectId, name })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  put(target: SeedTarget, content: MadeContent): Promise<void> {
    return transact(this.#db, async (tx) => {
      // A busy disk is no reason to give up. The triggers of tags run once a row: planning their
      // statements anew each time would take most of the time, and plans that are made once, for
      // tables that are still empty, must not read them from end to end later.
      await sql`SELECT set_config('berth.actor', ${this.#actor}, true),
        set_config('statement_timeout', '0', true),
        set_config('plan_cache_mode', 'force_generic_plan', true),
        set_config('enable_seqscan', 'off', true)`.execute(tx);
      await putBlobs(tx, target, content);
      const ids = await putArtifacts(tx, target, content.artifacts);
      await putEdges(tx, target, content.artifacts, ids);
      await putTags(tx, target, content.artifacts, ids);
      await putReferences(tx, target, content.artifacts, ids);
    });
  }

  async analyze(): Promise<void> {
    // One table a statement: each has a time limit.
    for (const table of ['blob', 'repository_blob', 'project_blob', 'artifact', 'artifact_blob']) {
      await sql`VACUUM (ANALYZE) ${sql.table(table)}`.execute(this.#db);
    }
    for (const table of ['tag', 'tag_history', 'artifact_reference', 'artifact_label']) {
      await sql`VACUUM (ANALYZE) ${sql.table(table)}`.execute(this.#db);
    }
    await sql`ANALYZE`.execute(this.#db);
  }
}

async function putBlobs(
  tx: DatabaseTransaction,
  { projectId, repositoryId }: SeedTarget,
  { blobs, artifacts }: MadeContent,
): Promise<void> {
  // In one order, as pushes beside it lock them.
  const sorted = blobs.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const digests = sorted.map(({ digest }) => digest);
  // Linked at once, so no lease is needed; nothing then delays their collection.
  await sql`
    INSERT INTO blob (digest, size, content, leased_until)
    SELECT digest, length(content), content, now()
    FROM unnest(${digests}::text[], ${sorted.map(({ content }) => content)}::bytea[])
      AS made (digest, content)
    ON CONFLICT (digest) DO UPDATE SET missing_since = NULL, content = excluded.content
    WHERE blob.missing_since IS NOT NULL`.execute(tx);
  const owned: readonly (MadeBlob | MadeArtifact)[] = [...sorted, ...artifacts];
  await sql`
    WITH added AS (
      INSERT INTO project_blob (project_id, digest, size)
      SELECT ${projectId}::bigint, digest, size
      FROM unnest(${owned.map(({ digest }) => digest)}::text[],
        ${owned.map(({ content }) => content.length)}::bigint[]) AS made (digest, size)
      ON CONFLICT DO NOTHING
      RETURNING size
    )
    INSERT INTO quota_delta (project_id, bytes)
    SELECT ${projectId}::bigint, sum(size) FROM added HAVING sum(size) > 0`.execute(tx);
  await sql`
    INSERT INTO repository_blob (repository_id, project_id, digest)
    SELECT ${repositoryId}::bigint, ${projectId}::bigint, digest
    FROM unnest(${digests}::text[]) AS digest
    ON CONFLICT DO NOTHING`.execute(tx);
}

async function putArtifacts(
  tx: DatabaseTransaction,
  { projectId, repositoryId }: SeedTarget,
  artifacts: readonly MadeArtifact[],
): Promise<Map<Digest, number>> {
  const column = <T>(read: (artifact: MadeArtifact) => T): T[] => artifacts.map(read);
  const { rows } = await sql<{ id: number; digest: Digest }>`
    INSERT INTO artifact (repository_id, project_id, digest, media_type, artifact_type,
      subject_digest, annotations, size, content, pushed_at, type, config_media_type, total_size,
      accessory_of, accessory_type, is_listed)
    SELECT ${repositoryId}::bigint, ${projectId}::bigint, digest, media_type, artifact_type,
      subject, annotations::jsonb, length(content), content, pushed_at, type, config_media_type,
      total_size, subject, accessory_type, subject IS NULL
    FROM unnest(${column(({ digest }) => digest)}::text[],
      ${column(({ mediaType }) => mediaType)}::text[],
      ${column(({ artifactType }) => artifactType ?? null)}::text[],
      ${column(({ subject }) => subject ?? null)}::text[],
      ${column(({ annotations }) => JSON.stringify(annotations))}::text[],
      ${column(({ content }) => content)}::bytea[],
      ${column(({ pushedAt }) => pushedAt.toISOString())}::timestamptz[],
      ${column(({ type }) => type)}::text[],
      ${column(({ configMediaType }) => configMediaType)}::text[],
      ${column(({ totalSize }) => totalSize)}::bigint[],
      ${column(({ accessoryType }) => accessoryType ?? null)}::text[])
      AS made (digest, media_type, artifact_type, subject, annotations, content, pushed_at, type,
        config_media_type, total_size, accessory_type)
    RETURNING id, digest`.execute(tx);
  return new Map(rows.map(({ id, digest }) => [digest, id]));
}

type Ids = ReadonlyMap<Digest, number>;

async function putEdges(
  tx: DatabaseTransaction,
  { repositoryId, labelIds }: SeedTarget,
  artifacts: readonly MadeArtifact[],
  ids: Ids,
): Promise<void> {
  const blobs = spread(artifacts, ids, ({ blobs }) => new Set(blobs));
  await sql`
    INSERT INTO artifact_blob (artifact_id, repository_id, digest)
    SELECT artifact_id, ${repositoryId}::bigint, digest
    FROM unnest(${blobs.ids}::bigint[], ${blobs.items}::text[]) AS made (artifact_id, digest)
    `.execute(tx);
  const labels = spread(artifacts, ids, ({ labels }) => labels.flatMap((at) => labelIds[at] ?? []));
  await sql`
    INSERT INTO artifact_label (artifact_id, label_id)
    SELECT * FROM unnest(${labels.ids}::bigint[], ${labels.items}::bigint[])`.execute(tx);
}

async function putTags(
  tx: DatabaseTransaction,
  { repositoryId }: SeedTarget,
  artifacts: readonly MadeArtifact[],
  ids: Ids,
): Promise<void> {
  const tags = spread(artifacts, ids, ({ tags, pushedAt }) =>
    tags.map((name) => ({ name, pushedAt: pushedAt.toISOString() })),
  );
  await sql`
    INSERT INTO tag (repository_id, name, artifact_id, pushed_at)
    SELECT ${repositoryId}::bigint, name, artifact_id, pushed_at
    FROM unnest(${tags.ids}::bigint[], ${tags.items.map(({ name }) => name)}::text[],
      ${tags.items.map(({ pushedAt }) => pushedAt)}::timestamptz[])
      AS made (artifact_id, name, pushed_at)`.execute(tx);
}

async function putReferences(
  tx: DatabaseTransaction,
  { repositoryId }: SeedTarget,
  artifacts: readonly MadeArtifact[],
  ids: Ids,
): Promise<void> {
  const children = spread(artifacts, ids, ({ children }) =>
    children.map((child, position) => ({ ...child, position })),
  );
  await sql`
    INSERT INTO artifact_reference (artifact_id, repository_id, child_digest, platform, position)
    SELECT artifact_id, ${repositoryId}::bigint, digest, platform::jsonb, position
    FROM unnest(${children.ids}::bigint[], ${children.items.map(({ digest }) => digest)}::text[],
      ${children.items.map(({ platform }) => JSON.stringify(platform))}::text[],
      ${children.items.map(({ position }) => position)}::integer[])
      AS made (artifact_id, digest, platform, position)`.execute(tx);
}

/** What the artifacts have of something, as one list, with the artifact's id beside each. */
function spread<T>(
  artifacts: readonly MadeArtifact[],
  ids: Ids,
  list: (artifact: MadeArtifact) => Iterable<T>,
): { readonly ids: readonly number[]; readonly items: readonly T[] } {
  const pairs = artifacts.flatMap((artifact) =>
    [...list(artifact)].map((item) => ({ id: ids.get(artifact.digest) ?? 0, item })),
  );
  return { ids: pairs.map(({ id }) => id), items: pairs.map(({ item }) => item) };
}
