import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

export interface Sum {
  readonly blobs: number;
  readonly bytes: number;
}

/** Blobs that only garbage refers to, by what is to become of them. */
export interface Survey {
  /** Would go now. */
  readonly deletable: Sum;
  /** Kept so that deleted artifacts can come back. */
  readonly held: Sum;
  /** Kept because a client was told lately that they are here. */
  readonly leased: Sum;
}

/** What is taken for done already. */
export interface Assumption {
  /** What was deleted before can not come back. */
  readonly purgeBefore: Date;
  /** Links made before that long are looked at, in seconds. */
  readonly uploadSeconds: number;
  /** Ids of artifacts that count as deleted now. */
  readonly doomed: readonly number[];
}

export interface SurveyRepository {
  /** What a collection would find. Reads only, a page of blobs after the other. */
  survey(assumption: Assumption, signal: AbortSignal): Promise<Survey>;
  /** How many deleted artifacts would be forgotten. */
  countPurgeable(before: Date): Promise<number>;
  /** The artifacts with those that a deletion takes along; ids. */
  listFamilies(ids: readonly number[]): Promise<number[]>;
}

const PAGE = 2_000;

export function createSurveyRepository(db: Database): SurveyRepository {
  return {
    survey: (assumption, signal) => survey(db, assumption, signal),
    async countPurgeable(before) {
      const { rows } = await sql<{ count: number }>`
        SELECT count(*) AS count FROM deleted_artifact trash
        WHERE ${purgeable(before)}`.execute(db);
      return rows[0]?.count ?? 0;
    },
    listFamilies: (ids) => listFamilies(db, ids),
  };
}

interface PageRow {
  readonly last: string | null;
  readonly seen: number;
  readonly fate: 'deletable' | 'held' | 'leased' | null;
  readonly blobs: number;
  readonly bytes: number;
}

async function survey(db: Database, assumption: Assumption, signal: AbortSignal): Promise<Survey> {
  const sums = { deletable: none(), held: none(), leased: none() };
  for (let last = ''; !signal.aborted; ) {
    const rows = await surveyPage(db, assumption, last);
    for (const { fate, blobs, bytes } of rows) {
      if (fate === null) continue;
      sums[fate] = { blobs: sums[fate].blobs + blobs, bytes: sums[fate].bytes + bytes };
    }
    const seen = rows.reduce((sum, row) => sum + row.seen, 0);
    const end = rows
      .map((row) => row.last ?? '')
      .toSorted()
      .at(-1);
    if (end === undefined || seen < PAGE) break;
    last = end;
  }
  return sums;
}

function none(): Sum {
  return { blobs: 0, bytes: 0 };
}

async function surveyPage(db: Database, assumption: Assumption, last: string) {
  const { purgeBefore, uploadSeconds, doomed } = assumption;
  const ids = sql`${[...doomed]}::bigint[]`;
  const needed = sql`EXISTS (SELECT FROM artifact_blob needed
    WHERE needed.repository_id = link.repository_id AND needed.digest = link.digest
      AND needed.artifact_id <> ALL(${ids}))`;
  // With its last artifact a link goes at once; others wait for a manifest, or for a push.
  const fresh = sql`(link.created_at >= now() - make_interval(secs => ${uploadSeconds})
    OR EXISTS (SELECT FROM blob_upload upload
      WHERE upload.repository_id = link.repository_id
        AND upload.updated_at > now() - interval '1 day'))
    AND NOT EXISTS (SELECT FROM artifact_blob lost
      WHERE lost.repository_id = link.repository_id AND lost.digest = link.digest)`;
  const { rows } = await sql<PageRow>`
    WITH page AS (
      SELECT digest, size, leased_until FROM blob
      WHERE digest > ${last} ORDER BY digest LIMIT ${PAGE}
    ),
    judged AS (
      SELECT page.digest, page.size, CASE
        WHEN EXISTS (SELECT FROM repository_blob link
          WHERE link.digest = page.digest AND (${needed} OR ${fresh})) THEN NULL
        WHEN EXISTS (SELECT FROM deleted_artifact_blob held
            JOIN deleted_artifact trash ON trash.id = held.deleted_artifact_id
            WHERE held.digest = page.digest AND NOT (${purgeable(purgeBefore)}))
          OR (${purgeBefore}::timestamptz < now() AND EXISTS (SELECT FROM artifact_blob lost
            WHERE lost.digest = page.digest AND lost.artifact_id = ANY(${ids}))) THEN 'held'
        WHEN page.leased_until >= now() THEN 'leased'
        ELSE 'deletable' END AS fate
      FROM page
    )
    SELECT max(digest) AS last, count(*) AS seen, fate, count(*) AS blobs, sum(size)::bigint AS bytes
    FROM judged GROUP BY fate`.execute(db);
  return rows;
}

/** As the trash is purged; of a `deleted_artifact` called `trash`. */
function purgeable(before: Date) {
  return sql`trash.deleted_at < ${before}
    AND NOT EXISTS (SELECT FROM deleted_artifact_blob other
      JOIN blob ON blob.digest = other.digest
      WHERE other.deleted_artifact_id = trash.id AND blob.leased_until >= now())
    AND NOT EXISTS (SELECT FROM repository
      JOIN blob_upload upload ON upload.repository_id = repository.id
      WHERE repository.name = trash.repository_name
        AND upload.updated_at > now() - interval '1 day')`;
}

async function listFamilies(db: Database, roots: readonly number[]): Promise<number[]> {
  const all = new Set(roots);
  for (let frontier = [...roots]; frontier.length > 0; ) {
    const { rows } = await sql<{ id: number }>`
      SELECT accessory.id
      FROM artifact parent JOIN artifact accessory
        ON accessory.repository_id = parent.repository_id AND accessory.accessory_of = parent.digest
      WHERE parent.id = ANY(${frontier}::bigint[])
      UNION
      SELECT child.id
      FROM artifact_reference listed JOIN artifact child
        ON child.repository_id = listed.repository_id AND child.digest = listed.child_digest
      WHERE listed.artifact_id = ANY(${frontier}::bigint[])
        AND NOT EXISTS (SELECT FROM tag WHERE tag.artifact_id = child.id)
        AND NOT EXISTS (SELECT FROM artifact_reference edge
          WHERE edge.repository_id = child.repository_id AND edge.child_digest = child.digest
            AND edge.artifact_id <> ALL(${[...all]}::bigint[]))`.execute(db);
    frontier = rows.map(({ id }) => id).filter((id) => !all.has(id));
    for (const id of frontier) all.add(id);
  }
  return [...all];
}
