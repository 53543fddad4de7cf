import { randomBytes } from 'node:crypto';
import { type Digest, digestOf, mediaType } from '@berth/oci';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../src/db/index.ts';
import { type Content, imageManifest, pushBlob, testActor } from './content.ts';

export interface Place {
  readonly repository: string;
  readonly projectId: number;
}

/** What is in a repository: its digest, and its own size in bytes. */
export interface Pushed {
  readonly digest: Digest;
  readonly size: number;
}

export interface PushOptions {
  readonly tags?: readonly string[];
  /** Makes the manifest another one; random unless told. */
  readonly note?: string;
  readonly actor?: typeof testActor;
}

/** Pushes a manifest's bytes by digest, with tags. */
export async function pushManifest(
  { manifests }: Pick<Content, 'manifests'>,
  place: Place,
  content: Buffer,
  { tags = [], actor = testActor }: PushOptions = {},
): Promise<Pushed> {
  const { digest } = await manifests.put({
    ...place,
    reference: { digest: digestOf(content) },
    tags,
    contentType: undefined,
    content,
    actor,
  });
  return { digest, size: content.length };
}

/** Pushes an image, with blobs of its own unless these are given (and in the repository). */
export async function pushImage(
  content: Content,
  place: Place,
  options: PushOptions & { readonly blobs?: readonly [Pushed, Pushed] } = {},
): Promise<Pushed & { readonly blobs: readonly [Pushed, Pushed] }> {
  const blobs = options.blobs ?? [await pushBlob(content, place), await pushBlob(content, place)];
  const bytes = imageManifest(blobs[0], blobs[1], options.note ?? randomNote());
  return { ...(await pushManifest(content, place, bytes, options)), blobs };
}

/** Pushes an index of these manifests, which need not be in the repository. */
export function pushIndex(
  content: Content,
  place: Place,
  children: readonly Pushed[],
  options: PushOptions = {},
): Promise<Pushed> {
  const bytes = indexManifest(children, options.note);
  return pushManifest(content, place, bytes, options);
}

export function indexManifest(children: readonly Pushed[], note = randomNote()): Buffer {
  const manifests = children.map(({ digest, size }, index) => ({
    mediaType: mediaType.ociManifest,
    digest,
    size,
    platform: { os: 'linux', architecture: index === 0 ? 'amd64' : 'arm64' },
  }));
  return json({ mediaType: mediaType.ociIndex, manifests, annotations: { note } });
}

/** Pushes an artifact about another one, which need not be there. */
export async function pushAccessory(
  content: Content,
  place: Place,
  subject: Pushed,
  options: PushOptions & { readonly artifactType?: string } = {},
): Promise<Pushed> {
  const blob = await pushBlob(content, place);
  const bytes = json({
    mediaType: mediaType.ociManifest,
    artifactType: options.artifactType ?? 'application/vnd.cncf.notary.signature',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', ...blob },
    layers: [],
    subject: { mediaType: mediaType.ociManifest, digest: subject.digest, size: subject.size },
    annotations: { note: options.note ?? randomNote() },
  });
  return pushManifest(content, place, bytes, options);
}

/** Pushes what cosign pushes: a signature that only its tag ties to what it is about. */
export async function pushCosignSignature(
  content: Content,
  place: Place,
  { digest }: Pushed,
): Promise<Pushed> {
  const bytes = await makeCosignSignature(content, place);
  return pushManifest(content, place, bytes, { tags: [cosignTag(digest)] });
}

/** A signature's manifest, of blobs that are pushed. */
export async function makeCosignSignature(content: Content, place: Place): Promise<Buffer> {
  const [config, layer] = [await pushBlob(content, place), await pushBlob(content, place)];
  return json({
    mediaType: mediaType.ociManifest,
    config: { mediaType: mediaType.ociConfig, ...config },
    layers: [{ mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', ...layer }],
  });
}

export function cosignTag(digest: Digest): string {
  return `${digest.replace(':', '-')}.sig`;
}

function json(document: object): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }));
}

function randomNote(): string {
  return randomBytes(8).toString('hex');
}

/** Digests of what the repository holds, with what lists show of it. */
export async function listArtifacts(db: Database, repository: string) {
  const rows = await db
    .selectFrom('artifact')
    .innerJoin('repository', 'repository.id', 'artifact.repository_id')
    .select([
      'artifact.id',
      'artifact.digest',
      'artifact.size',
      'artifact.is_listed',
      'accessory_of',
    ])
    .where('repository.name', '=', repository)
    .orderBy('artifact.id')
    .execute();
  return rows;
}

/** Digests of artifacts that lists show, in the order they came. */
export async function listListed(db: Database, repository: string): Promise<Digest[]> {
  const rows = await listArtifacts(db, repository);
  return rows.filter((row) => row.is_listed).map((row) => row.digest);
}

/** Tags of a repository, with the digests they are at. */
export async function tagsOf(db: Database, repository: string): Promise<Record<string, Digest>> {
  const rows = await db
    .selectFrom('tag')
    .innerJoin('artifact', 'artifact.id', 'tag.artifact_id')
    .innerJoin('repository', 'repository.id', 'tag.repository_id')
    .select(['tag.name', 'artifact.digest'])
    .where('repository.name', '=', repository)
    .orderBy('tag.name')
    .execute();
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]));
}

/** Events of a repository as the outbox has them, oldest first. */
export async function listEvents(db: Database, repository: string) {
  const rows = await db
    .selectFrom('event_outbox')
    .select('payload')
    .where('repository_name', '=', repository)
    .orderBy('id')
    .execute();
  return rows.map(({ payload }) => payload);
}

const usage = z.object({ counted: z.number(), known: z.number(), actual: z.number() });

/**
 * Bytes that a project uses: as counted for its quota, as `project_blob` knows them, and as they
 * really are there, every digest once. All three must be equal.
 */
export async function usageOf(db: Database, projectId: number): Promise<z.infer<typeof usage>> {
  const { rows } = await sql`
    SELECT
      (coalesce((SELECT used_storage FROM quota WHERE project_id = ${projectId}), 0)
        + coalesce((SELECT sum(bytes) FROM quota_delta WHERE project_id = ${projectId}), 0)
      )::bigint AS counted,
      coalesce((SELECT sum(size) FROM project_blob WHERE project_id = ${projectId}), 0)::bigint
        AS known,
      coalesce((SELECT sum(size) FROM (
        SELECT link.digest, blob.size FROM repository
        JOIN repository_blob link ON link.repository_id = repository.id
        JOIN blob ON blob.digest = link.digest
        WHERE repository.project_id = ${projectId}
        UNION
        SELECT artifact.digest, artifact.size FROM repository
        JOIN artifact ON artifact.repository_id = repository.id
        WHERE repository.project_id = ${projectId}
      ) AS part), 0)::bigint AS actual`.execute(db);
  return usage.parse(rows[0]);
}

/** How often the database broke a deadlock, as far as its statistics know by now. */
export async function countDeadlocks(db: Database): Promise<number> {
  await sql`SELECT pg_stat_force_next_flush()`.execute(db);
  const { rows } = await sql<{ deadlocks: number }>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`.execute(db);
  return rows[0]?.deadlocks ?? 0;
}
