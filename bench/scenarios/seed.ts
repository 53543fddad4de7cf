import { createHash, randomBytes } from 'node:crypto';
import { runLoad } from '../load/generator.ts';
import type { ManifestSeries } from '../load/load.ts';
import type { Target } from '../targets/target.ts';

export const REPOSITORY = 'library/bench';
export const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** All numbers have five digits, so that all manifests have the same size. */
export const FIRST_NUMBER = 10_000;
/** More scopes than these do not fit a token of 8 KiB. */
const REPOSITORIES_PER_TOKEN = 40;
const SEED_CONNECTIONS = 16;
const SEED_BUDGET_MS = 120_000;

/** Bytes that every target gets alike, and that do not compress. */
export function createBlob(size: number): { bytes: Buffer; digest: string } {
  const bytes = randomBytes(size);
  return { bytes, digest: digestOf(bytes) };
}

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Pushes a blob by POST and PUT. Rejects unless the target takes it. */
export async function pushBlob(
  target: Target,
  repository: string,
  blob: { readonly bytes: Buffer; readonly digest: string },
): Promise<void> {
  const headers = await target.authorize([repository]);
  const { host, port } = target.address();
  const base = `http://${host}:${port}`;
  const begun = await fetch(`${base}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers });
  await begun.arrayBuffer();
  if (begun.status !== 202) throw new Error(`${target.id}: POST upload answered ${begun.status}`);
  const location = new URL(begun.headers.get('location') ?? '', base);
  location.searchParams.set('digest', blob.digest);
  const done = await fetch(location, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(blob.bytes),
  });
  const text = await done.text();
  if (done.status !== 201) throw new Error(`${target.id}: PUT blob ${done.status} ${text}`);
}

const configBlob = createBlob(1024);
const layerBlob = createBlob(4096);

/** Pushes the two blobs that the manifests of `imageSeries` name. */
export async function pushImageBlobs(target: Target, repository: string): Promise<void> {
  await pushBlob(target, repository, configBlob);
  await pushBlob(target, repository, layerBlob);
}

/** Small image manifests t10000, t10001 … of a repository, all different and all of one size. */
export function imageSeries(repository: string): ManifestSeries {
  const descriptor = (mediaType: string, blob: typeof configBlob) => ({
    mediaType,
    digest: blob.digest,
    size: blob.bytes.length,
  });
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE,
    config: descriptor('application/vnd.oci.image.config.v1+json', configBlob),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip', layerBlob)],
    annotations: { 'berth.bench.number': '#' },
  });
  const prefix = `/v2/${repository}/manifests/t`;
  return { prefix, suffix: '', first: FIRST_NUMBER, mediaType: IMAGE, text: split(text) };
}

/** The manifest with this number. */
export function manifestText(series: ManifestSeries, number: number): string {
  return `${series.text[0]}${number}${series.text[1]}`;
}

function split(text: string): [string, string] {
  const [before = '', after = ''] = text.split('#');
  return [before, after];
}

/** Fills a repository with `count` tags. */
export async function seedTags(target: Target, repository: string, count: number): Promise<void> {
  await pushImageBlobs(target, repository);
  await runLoad({
    address: target.address(),
    connections: SEED_CONNECTIONS,
    headers: await target.authorize([repository]),
    until: { operations: count },
    operation: { kind: 'manifest-put', puts: imageSeries(repository) },
  });
}

/**
 * Makes repositories library/r10000 … with one tag each (an empty index, so no blobs are needed),
 * and returns how many: fewer than `count` when the target takes more than two minutes.
 */
export async function seedRepositories(target: Target, count: number): Promise<number> {
  const empty = { schemaVersion: 2, mediaType: INDEX, manifests: [], annotations: { n: '#' } };
  const text = split(JSON.stringify(empty));
  const deadline = performance.now() + SEED_BUDGET_MS;
  let made = 0;
  while (made < count && performance.now() < deadline) {
    const size = Math.min(REPOSITORIES_PER_TOKEN, count - made);
    const first = FIRST_NUMBER + made;
    const names = Array.from({ length: size }, (_, index) => `library/r${first + index}`);
    await runLoad({
      address: target.address(),
      connections: Math.min(8, size),
      headers: await target.authorize(names),
      until: { operations: size },
      operation: {
        kind: 'manifest-put',
        puts: { prefix: '/v2/library/r', suffix: '/manifests/a', first, mediaType: INDEX, text },
      },
    });
    made += size;
  }
  return made;
}
