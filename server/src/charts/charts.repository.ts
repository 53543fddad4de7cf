import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

/** A tagged chart of a repository. */
export interface ChartRow {
  readonly id: number;
  readonly repositoryId: number;
  /** The whole name. */
  readonly repository: string;
  readonly tags: readonly string[];
}

export interface ChartDetail {
  readonly id: number;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly content: Buffer;
  readonly pushedAt: Date;
  readonly extraAttrs: Readonly<Record<string, unknown>> | null;
}

/** A label on a chart's artifact; one without a project is the system's. */
export interface ChartLabel {
  readonly id: number;
  readonly projectId: number | null;
  readonly name: string;
  readonly description: string;
  readonly color: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ChartRecords {
  /** Undefined when there is no such project. */
  findProject(name: string): Promise<{ id: number; revision: number } | undefined>;
  /** Repositories whose charts changed after that revision. */
  listChanged(projectId: number, revision: number): Promise<number[]>;
  /** All tagged charts in them that lie directly below the project. */
  listRows(repositoryIds: readonly number[]): Promise<ChartRow[]>;
  listDetails(ids: readonly number[]): Promise<ChartDetail[]>;
  /** Of those of the blobs that the database keeps. */
  listBlobs(digests: readonly Digest[]): Promise<Map<string, Buffer>>;
  listLabels(artifactId: number): Promise<ChartLabel[]>;
  /** Names of the projects that have, or had, charts. */
  listProjects(): Promise<string[]>;
  /** How often the repository was pulled from; 0 when there is none. */
  countPulls(repository: string): Promise<number>;
}

export function createChartRecords(db: Database): ChartRecords {
  return {
    ...createChangeRecords(db),
    ...createContentRecords(db),
    ...createOtherRecords(db),
  };
}

function createChangeRecords(
  db: Database,
): Pick<ChartRecords, 'findProject' | 'listChanged' | 'listRows'> {
  return {
    async findProject(name) {
      const { rows } = await sql<{ id: number; revision: number }>`
        SELECT project.id, coalesce(chart_revision.revision, 0) AS revision
        FROM project LEFT JOIN chart_revision ON chart_revision.project_id = project.id
        WHERE project.name = ${name}`.execute(db);
      return rows[0];
    },
    async listChanged(projectId, revision) {
      const rows = await db
        .selectFrom('chart_repository_revision')
        .select('repository_id')
        .where('project_id', '=', projectId)
        .where('revision', '>', revision)
        .execute();
      return rows.map((row) => row.repository_id);
    },
    async listRows(repositoryIds) {
      const { rows } = await sql<ChartRow>`
        SELECT artifact.id, repository.id AS "repositoryId", repository.name AS repository,
               array_agg(tag.name ORDER BY tag.name) AS tags
        FROM repository
        JOIN artifact ON artifact.repository_id = repository.id AND artifact.type = 'CHART'
        JOIN tag ON tag.artifact_id = artifact.id
        WHERE repository.id = ANY(${[...repositoryIds]}::bigint[])
          AND repository.name NOT LIKE '%/%/%'
        GROUP BY artifact.id, repository.id`.execute(db);
      return rows;
    },
  };
}

function createContentRecords(
  db: Database,
): Pick<ChartRecords, 'listDetails' | 'listBlobs' | 'countPulls'> {
  return {
    listDetails: (ids) =>
      db
        .selectFrom('artifact')
        .select([
          'id',
          'digest',
          'media_type as mediaType',
          'content',
          'pushed_at as pushedAt',
          'extra_attrs as extraAttrs',
        ])
        .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
        .execute(),
    async listBlobs(digests) {
      const rows = await db
        .selectFrom('blob')
        .select(['digest', 'content'])
        .where((eb) => eb('digest', '=', eb.fn.any(eb.val([...digests]))))
        .where('content', 'is not', null)
        .execute();
      return new Map(
        rows.flatMap(({ digest, content }) => (content === null ? [] : [[digest, content]])),
      );
    },
    async countPulls(repository) {
      const row = await db
        .selectFrom('repository')
        .select('pull_count')
        .where('name', '=', repository)
        .executeTakeFirst();
      return row?.pull_count ?? 0;
    },
  };
}

function createOtherRecords(db: Database): Pick<ChartRecords, 'listLabels' | 'listProjects'> {
  return {
    listLabels: (artifactId) =>
      db
        .selectFrom('artifact_label')
        .innerJoin('label', 'label.id', 'artifact_label.label_id')
        .select([
          'label.id',
          'label.project_id as projectId',
          'label.name',
          'label.description',
          'label.color',
          'label.created_at as createdAt',
          'label.updated_at as updatedAt',
        ])
        .where('artifact_label.artifact_id', '=', artifactId)
        .orderBy('label.name')
        .execute(),
    async listProjects() {
      const rows = await db
        .selectFrom('chart_revision')
        .innerJoin('project', 'project.id', 'chart_revision.project_id')
        .select('project.name')
        .orderBy('project.name')
        .execute();
      return rows.map(({ name }) => name);
    },
  };
}
