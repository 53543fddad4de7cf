import { setTimeout as delay } from 'node:timers/promises';
import { mediaType } from '@berth/oci';
import type { GcTarget, Tally } from './gc-scene.ts';
import { type Answer, locationOf } from './http.ts';
import { PRESENT } from './ledger.ts';
import { manifestName, tagName } from './push.ts';
import { contentOf } from './random.ts';
import { ask, complain, Doubt, write } from './session.ts';
import type { BlobItem, Image } from './world.ts';

/** When the request began that told of the blob, by `performance.now`. */
type Told = ReadonlyMap<string, number>;

const octets = { 'content-type': 'application/octet-stream' };
const ATTEMPTS = 4;

export interface PushOptions {
  readonly tags: readonly string[];
  /** Always with a pause before the manifest. */
  readonly isSlow?: boolean;
  /** Done when all blobs are there, before the pause. */
  readonly meanwhile?: () => Promise<void>;
}

/**
 * Pushes an image as clients do, fast or slowly: asks for each blob, brings what is missing, puts
 * the manifest. Whatever was acknowledged within the lease, or while an upload of this push is
 * open, must still be there then.
 *
 * @throws Doubt
 */
export async function pushImage(
  target: GcTarget,
  image: Image,
  { tags, isSlow = false, meanwhile }: PushOptions,
): Promise<void> {
  const { scene, random, repository } = target;
  scene.remember(repository, image);
  const pause = choosePause(target, isSlow);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const held = pause.holds && attempt === 1 ? await openUpload(target) : undefined;
    const told = await ensureBlobs(target, image.blobs);
    if (attempt === 1) {
      await meanwhile?.();
      await rest(target, pause.ms);
    }
    // Some let go of it just before the manifest, and may come too late then.
    const isHeld = held !== undefined && random.chance(0.5);
    if (held !== undefined && !isHeld) await cancelUpload(target, held);
    const isDone = told !== undefined && (await putImage(target, image, tags, { told, isHeld }));
    if (held !== undefined && isHeld) await cancelUpload(target, held);
    if (isDone) return;
  }
}

/** Brings blobs, and perhaps half of one more, and never comes back. @throws Doubt */
export async function abandonPush(target: GcTarget, image: Image): Promise<void> {
  target.scene.tally.abandoned += 1;
  await ensureBlobs(target, image.blobs);
  if (target.random.chance(0.1)) await openUpload(target);
}

interface Pause {
  readonly ms: number;
  /** Whether an upload is open meanwhile. */
  readonly holds: boolean;
}

function choosePause({ random, scene }: GcTarget, isSlow: boolean): Pause {
  const { leaseMs } = scene.times;
  const choice = random.between(isSlow ? 81 : 1, 100);
  if (choice <= 80) return { ms: 0, holds: false };
  scene.tally.slow += 1;
  if (choice <= 90) return { ms: random.between(1, Math.round(leaseMs * 0.4)), holds: false };
  return { ms: random.between(Math.round(leaseMs * 0.5), Math.round(leaseMs * 2)), holds: true };
}

/** @throws Doubt when the load is over */
async function rest({ session: { signal } }: GcTarget, ms: number): Promise<void> {
  if (ms === 0) return;
  await delay(ms, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) throw new Doubt('the load is over');
}

/** @returns undefined when a deletion of the repository came between */
async function ensureBlobs(
  target: GcTarget,
  blobs: readonly BlobItem[],
): Promise<Told | undefined> {
  const told = await Promise.all(
    blobs.map(async (blob) => [blob.digest, await ensureBlob(target, blob)] as const),
  );
  const known = new Map<string, number>();
  for (const [digest, since] of told) if (since !== undefined) known.set(digest, since);
  return told.every(([digest]) => known.has(digest)) ? known : undefined;
}

async function ensureBlob(target: GcTarget, blob: BlobItem): Promise<number | undefined> {
  const { session, world, random, repository } = target;
  world.remember(repository, { blob });
  const asked = performance.now();
  const known = await ask(session, 'HEAD', `/v2/${repository}/blobs/${blob.digest}`);
  if (known.status === 200) return count(target, 'heads', blob, asked);
  if (known.status !== 404) complain(session, { method: 'HEAD', path: repository }, known);
  const other = world.repositories.find(
    (name) => name !== repository && world.blobs(name).has(blob.digest),
  );
  if (other === undefined || random.chance(0.4)) return upload(target, blob, undefined);
  const path = `/v2/${repository}/blobs/uploads/?mount=${blob.digest}&from=${other}`;
  const mounting = performance.now();
  const mounted = await ask(session, 'POST', path);
  if (mounted.status === 201) return count(target, 'mounts', blob, mounting);
  if (mounted.status === 202) return upload(target, blob, locationOf(mounted, session.caller.url));
  return judge(target, { method: 'POST', path, since: mounting }, mounted);
}

function count(
  { scene: { tally } }: GcTarget,
  what: keyof Omit<Tally, 'stored'>,
  { digest, size }: BlobItem,
  since: number,
): number {
  tally[what] += 1;
  tally.stored.set(digest, size);
  return since;
}

/** In one request, or with a session: one that a mount opened, or its own. */
async function upload(
  target: GcTarget,
  blob: BlobItem,
  opened: string | undefined,
): Promise<number | undefined> {
  const { session, random, repository } = target;
  const bytes = contentOf(blob.seed, blob.size);
  const base = `/v2/${repository}/blobs/uploads/`;
  if (opened === undefined && random.chance(0.3)) {
    const path = `${base}?digest=${blob.digest}`;
    return finish(target, blob, { method: 'POST', path, body: bytes });
  }
  let path = opened ?? (await openUpload(target, false));
  if (path === undefined) return undefined;
  if (random.chance(0.5)) {
    return finish(target, blob, {
      method: 'PUT',
      path: `${path}?digest=${blob.digest}`,
      body: bytes,
    });
  }
  const since = performance.now();
  const answer = await ask(session, 'PATCH', path, { headers: octets, body: bytes });
  if (answer.status !== 202) return judge(target, { method: 'PATCH', path, since }, answer);
  path = locationOf(answer, session.caller.url);
  const body = Buffer.alloc(0);
  return finish(target, blob, { method: 'PUT', path: `${path}?digest=${blob.digest}`, body });
}

async function finish(
  target: GcTarget,
  blob: BlobItem,
  { method, path, body }: { method: string; path: string; body: Buffer },
): Promise<number | undefined> {
  const since = performance.now();
  const answer = await ask(target.session, method, path, { headers: octets, body });
  if (answer.status === 201) return count(target, 'uploads', blob, since);
  return judge(target, { method, path, since }, answer);
}

/** @returns its path; undefined when a deletion of the repository came between */
async function openUpload(target: GcTarget, withBytes = true): Promise<string | undefined> {
  const { session, repository } = target;
  const since = performance.now();
  const base = `/v2/${repository}/blobs/uploads/`;
  const opened = await ask(session, 'POST', base);
  if (opened.status !== 202) return judge(target, { method: 'POST', path: base, since }, opened);
  const path = locationOf(opened, session.caller.url);
  if (!withBytes) return path;
  const answer = await ask(session, 'PATCH', path, { headers: octets, body: contentOf('', 1024) });
  if (answer.status !== 202) return judge(target, { method: 'PATCH', path, since }, answer);
  return locationOf(answer, session.caller.url);
}

async function cancelUpload(target: GcTarget, path: string): Promise<void> {
  const since = performance.now() - target.scene.times.leaseMs * 2;
  const answer = await ask(target.session, 'DELETE', path);
  if (answer.status !== 204) judge(target, { method: 'DELETE', path, since }, answer);
}

/** A deletion of the repository takes uploads with it; nothing else may. */
function judge(
  { session, scene, repository }: GcTarget,
  request: { readonly method: string; readonly path: string; readonly since: number },
  answer: Answer,
): undefined {
  const since = request.since - scene.times.leaseMs * 3;
  if (answer.status === 404 && scene.deletions.ranSince(repository, since)) return undefined;
  complain(session, request, answer);
  return undefined;
}

interface Preparation {
  readonly told: Told;
  /** Whether an upload of this push has been open all the time, and is. */
  readonly isHeld: boolean;
}

/** @returns whether the registry took it */
async function putImage(
  target: GcTarget,
  image: Image,
  tags: readonly string[],
  preparation: Preparation,
): Promise<boolean> {
  const { session, world, scene, repository } = target;
  const { digest, bytes } = image;
  const name = manifestName(repository, digest);
  const [first = digest, ...further] = tags;
  const query = further.map((tag) => `tag=${tag}`).join('&');
  scene.deletions.arrive(repository, name);
  const answer = await write(session, {
    fact: { op: 'put', repository, digest, size: bytes.length, tags },
    changes: [
      { name, value: PRESENT },
      ...tags.map((tag) => ({ name: tagName(repository, tag), value: digest })),
    ],
    method: 'PUT',
    path: `/v2/${repository}/manifests/${first}${query && `?${query}`}`,
    call: { headers: { 'content-type': mediaType.ociManifest }, body: bytes },
    success: 201,
    refusals: [400, 404],
    onBegin: () => world.tagging.tag(name, tags),
    onRefused: (refusal) => judgeRefusal(target, preparation, refusal),
  });
  if (answer !== undefined) scene.tally.pushes += 1;
  return answer !== undefined;
}

function judgeRefusal(
  { session, scene, repository }: GcTarget,
  { told, isHeld }: Preparation,
  answer: Answer,
): void {
  const { code, missing } = parseRefusal(answer);
  const times = [...told].filter(([digest]) => missing.length === 0 || missing.includes(digest));
  // Where nobody tells which blob it was, it may be the one that was seen first.
  const since = (missing.length === 0 ? Math.min : Math.max)(...times.map(([, time]) => time));
  const earliest = Math.min(...told.values());
  const isDeletion = scene.deletions.ranSince(repository, earliest - scene.times.leaseMs);
  if (isDeletion && ['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'NAME_UNKNOWN'].includes(code)) {
    return;
  }
  const age = Math.round(performance.now() - since);
  const isSafe = isHeld || age < scene.times.leaseMs / 2;
  if (code.endsWith('BLOB_UNKNOWN') && !isSafe) {
    scene.tally.late += 1;
    return;
  }
  const why = isHeld ? 'with an upload open' : 'within the lease';
  complain(
    session,
    { method: 'PUT', path: `${repository}, ${age} ms after its blob was told of, ${why},` },
    answer,
  );
}

/** The code of the first error, and the digests that its detail names. */
function parseRefusal({ body }: Answer): { code: string; missing: string[] } {
  const text = body.toString();
  const code = /"code":"(\w+)"/.exec(text)?.[1] ?? '';
  const detail = text.slice(Math.max(0, text.indexOf('"detail"')));
  const missing = [...detail.matchAll(/"digest":"([^"]+)"/g)].map(([, digest = '']) => digest);
  return { code, missing };
}
