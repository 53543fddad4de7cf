import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import { releaseUnused } from './project-blob.repository.ts';

/** Blobs of one repository that no manifest of it needs. */
export interface UnneededLinks {
  readonly repositoryId: number;
  readonly repository: string;
  readonly projectId: number;
  readonly digests: readonly Digest[];
}

/** Where a walk over links is; the first page begins `from` a moment. */
export type LinkPosition = { readonly from: Date } | LinkKey;

interface LinkKey {
  /** Exact, as PostgreSQL prints it. */
  readonly at: string;
  readonly repositoryId: number;
  readonly digest: Digest;
}

export interface LinkPage {
  readonly unneeded: readonly UnneededLinks[];
  /** Undefined after the last page. */
  readonly next: LinkPosition | undefined;
  /** When the last link of the page was made; undefined when there is none. */
  readonly seenUntil: Date | undefined;
}

/** Uploads that no manifest came for: links of repositories to blobs that nothing there needs. */
export interface UnneededLinksRepository {
  /** A page of those made more than `ageSeconds` ago, in the order they were made. */
  listOld(position: LinkPosition, ageSeconds: number, limit: number): Promise<LinkPage>;
  /**
   * Unlinks those that nothing needs still, that are not leased, and whose repository nobody
   * uploads to; the others are as good as new. Resolves what was unlinked.
   */
  unlink(links: UnneededLinks, ageSeconds: number): Promise<Digest[]>;
}

export function createUnneededLinksRepository(db: Database): UnneededLinksRepository {
  return {
    listOld: (position, ageSeconds, limit) => listOld(db, position, ageSeconds, limit),
    unlink: (links, ageSeconds) => transact(db, (tx) => unlinkUnneeded(tx, links, ageSeconds)),
  };
}

interface LinkRow extends LinkKey {
  readonly projectId: number;
  readonly createdAt: Date;
  readonly repository: string;
  readonly needed: boolean;
}

async function listOld(
  db: Database,
  position: LinkPosition,
  ageSeconds: number,
  limit: number,
): Promise<LinkPage> {
  const after =
    'from' in position
      ? sql`link.created_at >= ${position.from}`
      : sql`link.created_at >= ${position.at}::timestamptz
          AND (link.created_at, link.repository_id, link.digest)
            > (${position.at}::timestamptz, ${position.repositoryId}::bigint, ${position.digest})`;
  const { rows } = await sql<LinkRow>`
    SELECT page.repository_id AS "repositoryId", page.project_id AS "projectId", page.digest,
      page.created_at AS "createdAt", page.created_at::text AS at, repository.name AS repository,
      EXISTS (SELECT FROM artifact_blob needed
        WHERE needed.repository_id = page.repository_id AND needed.digest = page.digest) AS needed
    FROM (
      SELECT * FROM repository_blob link
      WHERE ${after} AND link.created_at < now() - make_interval(secs => ${ageSeconds})
      ORDER BY link.created_at, link.repository_id, link.digest LIMIT ${limit}
    ) AS page
    JOIN repository ON repository.id = page.repository_id
    ORDER BY page.created_at, page.repository_id, page.digest`.execute(db);
  const last = rows.at(-1);
  return {
    unneeded: groupByRepository(rows.filter(({ needed }) => !needed)),
    next: rows.length < limit ? undefined : last,
    seenUntil: last?.createdAt,
  };
}

function groupByRepository(rows: readonly LinkRow[]): UnneededLinks[] {
  const groups = Map.groupBy(rows, ({ repositoryId }) => repositoryId);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { repositoryId, repository, projectId } = first;
    return { repositoryId, repository, projectId, digests: group.map(({ digest }) => digest) };
  });
}

/** Locks links, then blobs, as pushes do; what is decided then holds until the commit. */
async function unlinkUnneeded(
  tx: DatabaseTransaction,
  { repositoryId, projectId, digests }: UnneededLinks,
  ageSeconds: number,
): Promise<Digest[]> {
  const named = sql`repository_id = ${repositoryId} AND digest = ANY(${[...digests]}::text[])`;
  await sql`SELECT FROM repository_blob WHERE ${named} ORDER BY digest FOR UPDATE`.execute(tx);
  // What a push works with at this moment is not waited for.
  const { rows: locked } = await sql<{ digest: Digest }>`
    SELECT digest FROM blob WHERE digest = ANY(${[...digests]}::text[])
    ORDER BY digest FOR NO KEY UPDATE SKIP LOCKED`.execute(tx);
  const free = locked.map(({ digest }) => digest);
  const { rows } = await sql<{ digest: Digest; busy: boolean }>`
    SELECT link.digest, (blob.leased_until >= now() OR blob.digest <> ALL(${free}::text[])
      OR EXISTS (SELECT FROM blob_upload upload
        WHERE upload.repository_id = ${repositoryId}
          AND upload.updated_at > now() - interval '1 day')) AS busy
    FROM repository_blob link JOIN blob ON blob.digest = link.digest
    WHERE link.repository_id = ${repositoryId} AND link.digest = ANY(${[...digests]}::text[])
      AND link.created_at < now() - make_interval(secs => ${ageSeconds})
      AND NOT EXISTS (SELECT FROM artifact_blob needed
        WHERE needed.repository_id = link.repository_id
          AND needed.digest = link.digest)`.execute(tx);
  const kept = rows.filter(({ busy }) => busy).map(({ digest }) => digest);
  const gone = rows.filter(({ busy }) => !busy).map(({ digest }) => digest);
  if (kept.length > 0) {
    await sql`
      UPDATE repository_blob SET created_at = now()
      WHERE repository_id = ${repositoryId} AND digest = ANY(${kept}::text[])`.execute(tx);
  }
  if (gone.length > 0) {
    await sql`
      DELETE FROM repository_blob
      WHERE repository_id = ${repositoryId} AND digest = ANY(${gone}::text[])`.execute(tx);
    await releaseUnused(tx, projectId, gone);
  }
  return gone;
}
