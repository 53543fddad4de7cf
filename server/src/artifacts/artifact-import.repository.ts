import { type Digest, type Manifest, referencedManifests } from '@berth/oci';
import { sql } from 'kysely';
import { type Database, type DatabaseTransaction, retryConflicts, transact } from '../db/index.ts';
import { type ArtifactRepository, createArtifactRepository } from './artifact.repository.ts';
import { isShort, leaseEnd } from './lease.repository.ts';
import { DEFAULT_LEASE_SECONDS } from './lease.ts';
import { lockAhead } from './locked-artifacts.repository.ts';
import { describeArtifact, digestsOf } from './new-artifact.ts';
import { countUsed, retryLinking } from './project-blob.repository.ts';

export interface FoundTag {
  readonly name: string;
  readonly pushedAt: Date;
}

/** A manifest that storage holds, with what it needs. */
export interface FoundManifest {
  readonly digest: Digest;
  readonly content: Buffer;
  readonly manifest: Manifest;
  /** Blobs that are in the store, with the sizes that the descriptors say, in bytes. */
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  readonly pushedAt: Date;
  readonly tags: readonly FoundTag[];
}

export interface ImportPlace {
  readonly repository: string;
  readonly repositoryId: number;
  readonly projectId: number;
}

export interface ImportOutcome {
  /** `deleted`: it was deleted here, and nothing was done. */
  readonly artifact: 'added' | 'known' | 'deleted';
  /** Names of the tags that came to be. */
  readonly tags: readonly string[];
  /** Blobs that no project had before. */
  readonly blobs: number;
  /** Bytes of those. */
  readonly bytes: number;
}

export interface KnownContent {
  /** Of artifacts that are in the repository, or in its trash. */
  readonly digests: ReadonlySet<string>;
  /** Tags that are, or were, in the repository. */
  readonly tags: ReadonlySet<string>;
}

export interface ArtifactImportRepository {
  listKnown(repository: string): Promise<KnownContent>;
  /** Leases those of the blobs that have a row: no sweep takes them for half a lease (ADR 0018). */
  claim(digests: readonly Digest[]): Promise<void>;
  /**
   * Stores a manifest with its blobs and tags as a push at that time would have, all or nothing,
   * tells nobody and asks for no quota. What was pushed or deleted here since stays as it is: tags
   * only come to be, and never again.
   */
  put(place: ImportPlace, found: FoundManifest): Promise<ImportOutcome>;
}

/** Stands in the tags' history. */
const IMPORTER = { name: 'berth', requestId: '' };
const noTags: ReadonlySet<string> = new Set();

export function createArtifactImportRepository(db: Database): ArtifactImportRepository {
  const artifacts = createArtifactRepository(db);
  return {
    async listKnown(repository) {
      const { rows } = await sql<{ digests: string[] | null; tags: string[] | null }>`
        SELECT
          (SELECT json_agg(digest) FROM (
            SELECT artifact.digest FROM artifact
            JOIN repository ON repository.id = artifact.repository_id
            WHERE repository.name = ${repository}
            UNION ALL
            SELECT digest FROM deleted_artifact WHERE repository_name = ${repository}
          ) AS known) AS digests,
          (SELECT json_agg(DISTINCT tag_name) FROM tag_history
            WHERE repository_name = ${repository}) AS tags`.execute(db);
      return { digests: new Set(rows[0]?.digests), tags: new Set(rows[0]?.tags) };
    },
    async claim(digests) {
      if (digests.length === 0) return;
      await retryConflicts(() =>
        sql`
          UPDATE blob SET leased_until = ${leaseEnd(DEFAULT_LEASE_SECONDS)}
          WHERE digest IN (SELECT digest FROM blob
              WHERE digest = ANY(${[...digests]}::text[]) ORDER BY digest FOR NO KEY UPDATE)
            AND ${isShort(DEFAULT_LEASE_SECONDS)}`.execute(db),
      );
    },
    put: (place, found) =>
      retryLinking(() => transact(db, (tx) => putFound(tx, artifacts, { place, found }))),
  };
}

interface Import {
  readonly place: ImportPlace;
  readonly found: FoundManifest;
}

async function putFound(
  tx: DatabaseTransaction,
  artifacts: ArtifactRepository,
  one: Import,
): Promise<ImportOutcome> {
  const { place, found } = one;
  const names = found.tags.map(({ name }) => name);
  const listed = digestsOf(referencedManifests(found.manifest));
  await sql`WITH ${lockAhead(place.repositoryId, names, [found.digest, ...listed])}
    SELECT set_config('synchronous_commit', 'off', true),
           set_config('plan_cache_mode', 'force_generic_plan', true)
    FROM (SELECT count(*) FROM ahead) AS locked`.execute(tx);
  const state = await findState(tx, one);
  if (state === 'deleted') return { artifact: 'deleted', tags: [], blobs: 0, bytes: 0 };
  const added = state === undefined ? await store(tx, artifacts, one) : { blobs: 0, bytes: 0 };
  const artifact = state ?? 'added';
  return { artifact, tags: await tag(tx, one), ...added };
}

async function findState(
  tx: DatabaseTransaction,
  { place, found }: Import,
): Promise<'known' | 'deleted' | undefined> {
  const { rows } = await sql<{ known: boolean; deleted: boolean }>`
    SELECT EXISTS (SELECT FROM artifact
             WHERE repository_id = ${place.repositoryId} AND digest = ${found.digest}) AS known,
           EXISTS (SELECT FROM deleted_artifact
             WHERE repository_name = ${place.repository} AND digest = ${found.digest}) AS deleted
    `.execute(tx);
  if (rows[0]?.known === true) return 'known';
  return rows[0]?.deleted === true ? 'deleted' : undefined;
}

async function store(tx: DatabaseTransaction, artifacts: ArtifactRepository, one: Import) {
  const { place, found } = one;
  const { digest, manifest } = found;
  const added = await linkBlobs(tx, one);
  const listed = digestsOf(referencedManifests(manifest));
  const children = await artifacts.listSizes(place.repositoryId, listed, tx);
  const described = describeArtifact(found, manifest, children, {
    ...place,
    // It is by its tag that a signature of cosign says what it signs.
    tags: found.tags.map(({ name }) => name),
    immutableTags: noTags,
    actor: IMPORTER,
  });
  await artifacts.put({ ...described, tags: [], isQuiet: true }, tx);
  await tx
    .updateTable('artifact')
    .set({ pushed_at: found.pushedAt })
    .where('repository_id', '=', place.repositoryId)
    .where('digest', '=', digest)
    .execute();
  return added;
}

/** Records the blobs, counts those that the project did not have, and shows them. */
async function linkBlobs(
  tx: DatabaseTransaction,
  { place, found }: Import,
): Promise<{ blobs: number; bytes: number }> {
  if (found.blobs.length === 0) return { blobs: 0, bytes: 0 };
  const sorted = found.blobs.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const digests = sorted.map(({ digest }) => digest);
  const parts = sql`unnest(${digests}::text[], ${sorted.map(({ size }) => size)}::bigint[])
    AS part(digest, size)`;
  const { rows } = await sql<{ size: number }>`
    INSERT INTO blob (digest, size) SELECT digest, size FROM ${parts}
    ON CONFLICT (digest) DO UPDATE SET missing_since = NULL, content = NULL
    WHERE blob.missing_since IS NOT NULL
    RETURNING size`.execute(tx);
  await sql`
    WITH used AS (
      SELECT ${place.projectId}::bigint AS project_id, digest, size FROM ${parts}
    ),
    ${countUsed}
    INSERT INTO repository_blob (repository_id, project_id, digest)
    SELECT ${place.repositoryId}::bigint, ${place.projectId}::bigint, digest FROM ${parts}
    ON CONFLICT DO NOTHING`.execute(tx);
  return { blobs: rows.length, bytes: rows.reduce((sum, { size }) => sum + size, 0) };
}

/** Makes the tags that never were; gives their names. */
async function tag(tx: DatabaseTransaction, { place, found }: Import): Promise<string[]> {
  const { repository, repositoryId } = place;
  if (found.tags.length === 0) return [];
  const names = found.tags.map(({ name }) => name);
  const times = found.tags.map(({ pushedAt }) => pushedAt.toISOString());
  const { rows } = await sql<{ name: string }>`
    INSERT INTO tag (repository_id, name, artifact_id, pushed_at)
    SELECT ${repositoryId}::bigint, wanted.name, artifact.id, wanted.pushed_at
    FROM unnest(${names}::text[], ${times}::timestamptz[]) AS wanted(name, pushed_at)
    JOIN artifact ON artifact.repository_id = ${repositoryId} AND artifact.digest = ${found.digest}
    WHERE NOT EXISTS (SELECT FROM tag_history
      WHERE repository_name = ${repository} AND tag_name = wanted.name COLLATE "C")
    ORDER BY wanted.name
    ON CONFLICT DO NOTHING
    RETURNING name`.execute(tx);
  const made = rows.map(({ name }) => name);
  if (made.length === 0) return made;
  await sql`
    UPDATE tag_history SET changed_at = tag.pushed_at FROM tag
    WHERE tag.repository_id = ${repositoryId} AND tag.name = ANY(${made}::text[])
      AND tag_history.repository_name = ${repository} AND tag_history.tag_name = tag.name
    `.execute(tx);
  return made;
}
