import { mediaType } from '@berth/oci';
import { locationOf } from './http.ts';
import { ABSENT, type Change, type Operation, PRESENT } from './ledger.ts';
import { contentOf, type Random } from './random.ts';
import { ask, complain, type Session, write } from './session.ts';
import type { BlobItem, Image, World } from './world.ts';

export const blobName = (repository: string, digest: string) => `blob ${repository} ${digest}`;
export const manifestName = (repository: string, digest: string) =>
  `manifest ${repository} ${digest}`;
export const tagName = (repository: string, tag: string) => `tag ${repository} ${tag}`;

const octets = { 'content-type': 'application/octet-stream' };

export interface Target {
  readonly session: Session;
  readonly world: World;
  readonly random: Random;
  readonly repository: string;
}

/** Puts a blob into the repository, one way or another. @throws Doubt */
export async function pushBlob(target: Target, blob: BlobItem): Promise<void> {
  const { session, world, random, repository } = target;
  world.remember(repository, { blob });
  const known = await ask(session, 'HEAD', `/v2/${repository}/blobs/${blob.digest}`);
  if (known.status === 200) return;
  const other = world.repositories.find(
    (name) => name !== repository && world.blobs(name).has(blob.digest),
  );
  if (other !== undefined && (await mountBlob(target, blob, other))) return;
  const way = random.between(0, 3);
  if (way === 0) await pushWhole(target, blob);
  else await pushBySession(target, blob, way);
}

async function mountBlob(target: Target, blob: BlobItem, from: string): Promise<boolean> {
  const { session, repository } = target;
  const answer = await write(session, {
    ...blobWrite(target, blob, 'mount'),
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/?mount=${blob.digest}&from=${from}`,
    // Where there is nothing to mount, a session is opened.
    refusals: [202, ...full(target)],
  });
  return answer !== undefined;
}

async function pushWhole(target: Target, blob: BlobItem): Promise<void> {
  await write(target.session, {
    ...blobWrite(target, blob, 'push-whole'),
    method: 'POST',
    path: `/v2/${target.repository}/blobs/uploads/?digest=${blob.digest}`,
    call: { headers: octets, body: contentOf(blob.seed, blob.size) },
  });
}

/** By POST and PUT (1), POST, PATCH in pieces and PUT (2), or POST, one PATCH and PUT (3). */
async function pushBySession(target: Target, blob: BlobItem, way: number): Promise<void> {
  const { session, random, repository } = target;
  const bytes = contentOf(blob.seed, blob.size);
  const opened = await ask(session, 'POST', `/v2/${repository}/blobs/uploads/`);
  if (full(target).includes(opened.status)) return undefined;
  if (opened.status !== 202) {
    return complain(session, { method: 'POST', path: repository }, opened);
  }
  let path = locationOf(opened, session.caller.url);
  const pieces = way === 1 ? 0 : way === 2 ? random.between(2, 4) : 1;
  const step = Math.ceil(bytes.length / Math.max(1, pieces));
  const limit = pieces === 0 ? 0 : bytes.length;
  for (let from = 0; from < limit; from += step) {
    const body = bytes.subarray(from, from + step);
    const range = `${from}-${from + body.length - 1}`;
    const answer = await ask(session, 'PATCH', path, {
      headers: { ...octets, ...(way === 2 && { 'content-range': range }) },
      body,
      isStream: way === 3,
    });
    if (full(target).includes(answer.status)) return undefined;
    if (answer.status !== 202) return complain(session, { method: 'PATCH', path }, answer);
    path = locationOf(answer, session.caller.url);
  }
  await write(session, {
    ...blobWrite(target, blob, 'push'),
    method: 'PUT',
    path: `${path}?digest=${blob.digest}`,
    call: pieces === 0 ? { headers: octets, body: bytes } : { body: Buffer.alloc(0) },
  });
  return undefined;
}

/** The status of a project without room. */
export function full({ world, repository }: Pick<Target, 'world' | 'repository'>): number[] {
  return world.isLimited(repository) ? [403] : [];
}

function blobWrite(target: Target, { digest, size }: BlobItem, op: string) {
  const { repository } = target;
  return {
    fact: { op, repository, digest, size },
    changes: [{ name: blobName(repository, digest), value: PRESENT }],
    success: 201,
    refusals: full(target),
  };
}

/** Puts a manifest by its first tag (or by digest) and moves the others with it. @throws Doubt */
export async function putManifest(
  target: Target,
  image: Image,
  tags: readonly string[],
): Promise<void> {
  const { session, world, repository } = target;
  const { digest, bytes } = image;
  world.remember(repository, { image });
  const [first = digest, ...further] = tags;
  const query = further.map((tag) => `tag=${tag}`).join('&');
  const parts = partsOf(repository, image);
  await write(session, {
    fact: { op: 'put', repository, digest, size: bytes.length, tags, event: 'PUSH_ARTIFACT' },
    changes: [
      { name: manifestName(repository, digest), value: PRESENT },
      ...parts,
      ...tags.map((tag) => ({ name: tagName(repository, tag), value: digest })),
    ],
    method: 'PUT',
    path: `/v2/${repository}/manifests/${first}${query && `?${query}`}`,
    call: { headers: { 'content-type': mediaType.ociManifest }, body: bytes },
    success: 201,
    // A deleter may have taken a blob.
    refusals: [404, 400, ...full(target)],
    // Those blobs that a deletion took come back before the manifest is looked at.
    leaves: parts,
    onBegin: () => world.tagging.tag(manifestName(repository, digest), tags),
  });
}

/** Blobs that are in the repository when the image is. */
export function partsOf(repository: string, { blobs }: Image): Change[] {
  return blobs.map(({ digest }) => ({ name: blobName(repository, digest), value: PRESENT }));
}

/**
 * Deletes a manifest with all its tags, and the blobs that no other one needs; by /v2 unless told
 * otherwise. @throws Doubt
 */
export async function deleteManifest(
  { session, world, repository }: Target,
  image: Image,
  way: { readonly path: string; readonly success: number } = {
    path: `/v2/${repository}/manifests/${image.digest}`,
    success: 202,
  },
): Promise<void> {
  const { digest } = image;
  const name = manifestName(repository, digest);
  const tags = world.tags.filter((tag) =>
    session.ledger.possible(tagName(repository, tag)).has(digest),
  );
  const blobs = image.blobs.map((blob) => ({
    name: blobName(repository, blob.digest),
    value: ABSENT,
    isPossible: true,
  }));
  let forget: (() => void) | undefined;
  await write(session, {
    fact: { op: 'delete-manifest', repository, digest, event: 'DELETE_ARTIFACT' },
    changes: [{ name, value: ABSENT }, ...blobs, ...takenTags(repository, tags, digest)],
    method: 'DELETE',
    ...way,
    refusals: [404],
    onBegin(operation: Operation) {
      forget = world.tagging.watch(name, (further) =>
        session.ledger.extend(operation, takenTags(repository, further, digest)),
      );
    },
    onEnd: () => forget?.(),
  });
}

function takenTags(repository: string, tags: readonly string[], digest: string) {
  return tags.map((tag) => ({ name: tagName(repository, tag), value: ABSENT, onlyOver: digest }));
}

export async function deleteTag({ session, repository }: Target, tag: string): Promise<void> {
  await write(session, {
    fact: { op: 'delete-tag', repository, tags: [tag] },
    changes: [{ name: tagName(repository, tag), value: ABSENT }],
    method: 'DELETE',
    path: `/v2/${repository}/manifests/${tag}`,
    success: 202,
    refusals: [404],
  });
}

export async function deleteBlob({ session, repository }: Target, digest: string): Promise<void> {
  await write(session, {
    fact: { op: 'delete-blob', repository, digest },
    changes: [{ name: blobName(repository, digest), value: ABSENT }],
    method: 'DELETE',
    path: `/v2/${repository}/blobs/${digest}`,
    success: 202,
    // 405: a manifest needs it.
    refusals: [404, 405],
  });
}
