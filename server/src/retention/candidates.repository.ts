import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import type { Database, DatabaseTransaction } from '../db/index.ts';
import type { Candidate } from './select.ts';

export interface RepositoryPlace {
  readonly id: number;
  readonly projectId: number;
  /** With the project's. */
  readonly name: string;
  /** Below the project. */
  readonly path: string;
}

/** An artifact with what logs tell of it. */
export interface ListedArtifact extends Candidate {
  readonly digest: Digest;
  readonly tags: readonly (Candidate['tags'][number] & { readonly pushTime: Date })[];
  readonly labels: readonly string[];
  /** An index lists it: then it stays as a part of that, also without tags. */
  readonly isPart: boolean;
}

/** Where the next page begins. */
export interface Cursor {
  /** Microseconds count, which a Date has none of. */
  readonly pushedAt: string;
  readonly id: number;
}

export interface CandidateRepository {
  /** Repositories of a project that list something, by name. */
  listRepositories(tx: DatabaseTransaction, projectId: number): Promise<RepositoryPlace[]>;
  findRepository(id: number): Promise<RepositoryPlace | undefined>;
  /** Listed artifacts, newest first. `next` is absent on the last page. */
  listArtifacts(
    repositoryId: number,
    page: { readonly after: Cursor | undefined; readonly limit: number },
  ): Promise<{ artifacts: ListedArtifact[]; next: Cursor | undefined }>;
}

export function createCandidateRepository(db: Database): CandidateRepository {
  return {
    async listRepositories(tx, projectId) {
      const rows = await selectRepositories(tx)
        .where('repository.project_id', '=', projectId)
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom('artifact')
              .select('artifact.id')
              .whereRef('artifact.repository_id', '=', 'repository.id')
              .where('is_listed', '=', true),
          ),
        )
        .orderBy('repository.name')
        .execute();
      return rows.map(toPlace);
    },
    async findRepository(id) {
      const row = await selectRepositories(db).where('repository.id', '=', id).executeTakeFirst();
      return row && toPlace(row);
    },
    async listArtifacts(repositoryId, { after, limit }) {
      const rows = await selectArtifacts(db, repositoryId, after, limit);
      const tags = await selectTags(
        db,
        rows.map(({ id }) => id),
      );
      const artifacts = rows.map((row) => ({
        digest: row.digest,
        labels: row.labels,
        isPart: row.is_part,
        pushedAt: row.pushed_at.getTime(),
        pulledAt: row.pulled_at?.getTime(),
        tags: tags.get(row.id) ?? [],
      }));
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return { artifacts, next: last && { pushedAt: last.cursor, id: last.id } };
    },
  };
}

function selectRepositories(db: Database | DatabaseTransaction) {
  return db.selectFrom('repository').select(['id', 'project_id', 'name']);
}

function toPlace(row: { id: number; project_id: number; name: string }): RepositoryPlace {
  const { id, project_id: projectId, name } = row;
  return { id, projectId, name, path: name.slice(name.indexOf('/') + 1) };
}

interface ArtifactRow {
  readonly id: number;
  readonly digest: Digest;
  readonly pushed_at: Date;
  readonly cursor: string;
  readonly pulled_at: Date | null;
  readonly labels: string[];
  readonly is_part: boolean;
}

/** By the index `artifact_listed`. */
async function selectArtifacts(
  db: Database,
  repositoryId: number,
  after: Cursor | undefined,
  limit: number,
): Promise<ArtifactRow[]> {
  const older =
    after === undefined
      ? sql``
      : sql`AND (pushed_at, id) < (${after.pushedAt}::timestamptz, ${after.id}::bigint)`;
  const { rows } = await sql<ArtifactRow>`
    SELECT id, digest, pushed_at, to_json(pushed_at) #>> '{}' AS cursor, pulled_at,
      ARRAY(SELECT label.name FROM artifact_label JOIN label ON label.id = label_id
            WHERE artifact_id = artifact.id ORDER BY label.name) AS labels,
      EXISTS (SELECT FROM artifact_reference edge
              WHERE edge.repository_id = artifact.repository_id
                AND edge.child_digest = artifact.digest) AS is_part
    FROM artifact
    WHERE repository_id = ${repositoryId} AND is_listed ${older}
    ORDER BY pushed_at DESC, id DESC LIMIT ${limit}`.execute(db);
  return rows;
}

async function selectTags(db: Database, artifactIds: readonly number[]) {
  const rows = await db
    .selectFrom('tag')
    .select(['artifact_id', 'name', 'pushed_at', 'pulled_at'])
    .where((eb) => eb('artifact_id', '=', eb.fn.any(eb.val([...artifactIds]))))
    .orderBy('name')
    .execute();
  const byArtifact = Map.groupBy(rows, (row) => row.artifact_id);
  return new Map(
    [...byArtifact].map(([id, own]) => [
      id,
      own.map((row) => ({
        name: row.name,
        pushTime: row.pushed_at,
        pushedAt: row.pushed_at.getTime(),
        pulledAt: row.pulled_at?.getTime(),
      })),
    ]),
  );
}
