import { type Digest, isDigest } from '@berth/oci';
import { type SqlBool, sql } from 'kysely';
import type { Database } from '../db/index.ts';
import type { ArtifactRecord } from './artifact.ts';

/** A manifest to read more of. */
export interface ArtifactContent {
  /** With its project. */
  readonly repositoryName: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

export interface ArtifactRowRepository {
  /** By tag or digest. `repository` is a whole name. */
  find(repository: string, reference: string): Promise<ArtifactRecord | undefined>;
  listByIds(ids: readonly number[]): Promise<ArtifactRecord[]>;
  findContent(id: number): Promise<ArtifactContent | undefined>;
  /** With all that they refer to, of those of the digests that are in the repository. */
  listTotalSizes(
    repositoryId: number,
    digests: readonly Digest[],
  ): Promise<ReadonlyMap<string, number>>;
  /** Keeps what was found out, unless somebody was faster. */
  putExtraAttrs(id: number, extraAttrs: Readonly<Record<string, unknown>>): Promise<void>;
}

export function createArtifactRowRepository(db: Database): ArtifactRowRepository {
  return {
    async find(repository, reference) {
      const row = await findQuery(db, repository, reference).executeTakeFirst();
      return row && toArtifact(row);
    },
    async listByIds(ids) {
      const rows = await selectArtifacts(db)
        .where(sql<SqlBool>`artifact.id = ANY(${ids}::bigint[])`)
        .execute();
      return rows.map(toArtifact);
    },
    findContent: (id) =>
      db
        .selectFrom('artifact')
        .innerJoin('repository', 'repository.id', 'artifact.repository_id')
        .select([
          'repository.name as repositoryName',
          'artifact.media_type as mediaType',
          'artifact.content',
        ])
        .where('artifact.id', '=', id)
        .executeTakeFirst(),
    async listTotalSizes(repositoryId, digests) {
      const rows = await db
        .selectFrom('artifact')
        .select(['digest', sql<number>`coalesce(total_size, size)`.as('totalSize')])
        .where('repository_id', '=', repositoryId)
        .where(sql<SqlBool>`digest = ANY(${digests}::text[])`)
        .execute();
      return new Map(rows.map(({ digest, totalSize }) => [digest, totalSize]));
    },
    async putExtraAttrs(id, extraAttrs) {
      await db
        .updateTable('artifact')
        .set({ extra_attrs: JSON.stringify(extraAttrs) })
        .where('id', '=', id)
        .where('extra_attrs', 'is', null)
        .execute();
    },
  };
}

export function findQuery(db: Database, repository: string, reference: string) {
  const query = selectArtifacts(db).where('repository.name', '=', repository);
  return isDigest(reference)
    ? query.where('artifact.digest', '=', reference)
    : query
        .innerJoin('tag', (join) =>
          join
            .onRef('tag.artifact_id', '=', 'artifact.id')
            .onRef('tag.repository_id', '=', 'repository.id'),
        )
        .where('tag.name', '=', reference);
}

/** Rows for `toArtifact`, of all repositories. */
export function selectArtifacts(db: Database) {
  return db
    .selectFrom('artifact')
    .innerJoin('repository', 'repository.id', 'artifact.repository_id')
    .select([
      'artifact.id',
      'artifact.project_id as projectId',
      'artifact.repository_id as repositoryId',
      'repository.name as repositoryName',
      'artifact.digest',
      'artifact.type',
      'artifact.media_type as mediaType',
      'artifact.config_media_type as configMediaType',
      'artifact.artifact_type as artifactType',
      'artifact.size as manifestSize',
      'artifact.total_size as totalSize',
      'artifact.annotations',
      'artifact.extra_attrs as extraAttrs',
      'artifact.accessory_type as accessoryType',
      'artifact.pushed_at as pushedAt',
      'artifact.pulled_at as pulledAt',
    ]);
}

type ArtifactRow = Omit<ArtifactRecord, 'size'> & {
  readonly manifestSize: number;
  readonly totalSize: number | null;
};

export function toArtifact(row: ArtifactRow): ArtifactRecord {
  return { ...row, size: row.totalSize ?? row.manifestSize };
}
