import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createTar } from './tar.ts';

/** An OCI image layout on disk, holding one manifest or index under one tag. */
export interface Layout {
  readonly directory: string;
  readonly tag: string;
  /** Digest of the tagged manifest. */
  readonly digest: string;
  /** Content of `payload` in the image, or in the index's first image. */
  readonly payload: Buffer;
}

interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: Platform;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const MIB = 1024 * 1024;

/** The platform a client on this machine chooses from an index. */
export const hostPlatform: Platform = {
  os: 'linux',
  architecture: process.arch === 'x64' ? 'amd64' : process.arch,
};

const otherPlatforms: readonly Platform[] = [
  { os: 'linux', architecture: hostPlatform.architecture === 'amd64' ? 'arm64' : 'amd64' },
  { os: 'linux', architecture: 'arm', variant: 'v7' },
];

/** Writes a layout with one image of two random layers; every call makes other bytes. */
export async function writeImageLayout(directory: string): Promise<Layout> {
  await startLayout(directory);
  const payload = randomBytes(MIB);
  const manifest = await writeImage(directory, hostPlatform, payload);
  return finishLayout(directory, manifest, payload);
}

/** Writes a layout with an index of three platforms. */
export async function writeIndexLayout(directory: string): Promise<Layout> {
  await startLayout(directory);
  const payload = randomBytes(MIB);
  const manifests = [await writeImage(directory, hostPlatform, payload)];
  for (const platform of otherPlatforms) {
    manifests.push(await writeImage(directory, platform, randomBytes(4096)));
  }
  const index = { schemaVersion: 2, mediaType: INDEX, manifests };
  return finishLayout(directory, await writeJsonBlob(directory, INDEX, index), payload);
}

/** Path of a blob below a layout. */
export function blobPath(directory: string, digest: string): string {
  return join(directory, 'blobs', ...digest.split(':'));
}

/**
 * Digests of a manifest and of all that it needs, in the order met.
 *
 * @throws Error when one is absent from the layout
 */
export async function listClosure(directory: string, digest: string): Promise<string[]> {
  const manifest: unknown = JSON.parse(await readFile(blobPath(directory, digest), 'utf8'));
  const children = findDigests(manifest, ['manifests']);
  const closure = [digest, ...findDigests(manifest, ['config', 'layers'])];
  for (const child of children) closure.push(...(await listClosure(directory, child)));
  return closure;
}

/**
 * Compares a manifest and all that it needs, byte by byte, in two layouts.
 *
 * @throws Error naming the first blob that is absent or differs
 */
export async function assertSameImage(
  expected: string,
  actual: string,
  digest: string,
): Promise<void> {
  for (const blob of await listClosure(expected, digest)) {
    const wanted = await readFile(blobPath(expected, blob));
    const got = await readFile(blobPath(actual, blob));
    if (!wanted.equals(got)) throw new Error(`${blob} came back with other bytes`);
  }
}

/** The digest of some bytes. */
export function computeDigest(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function startLayout(directory: string): Promise<void> {
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

async function finishLayout(
  directory: string,
  manifest: Descriptor,
  payload: Buffer,
): Promise<Layout> {
  const tag = '1';
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const index = { schemaVersion: 2, mediaType: INDEX, manifests: [{ ...manifest, annotations }] };
  await writeFile(join(directory, 'index.json'), JSON.stringify(index));
  return { directory, tag, digest: manifest.digest, payload };
}

async function writeImage(
  directory: string,
  platform: Platform,
  payload: Buffer,
): Promise<Descriptor> {
  const tars = [
    createTar(new Map([['payload', payload]])),
    createTar(new Map([['etc/hostname', randomBytes(64)]])),
  ];
  const config = {
    created: '1970-01-01T00:00:00Z',
    ...platform,
    config: { Cmd: ['/payload'] },
    rootfs: { type: 'layers', diff_ids: tars.map(computeDigest) },
    history: tars.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'conformance' })),
  };
  const layers = [];
  for (const tar of tars) layers.push(await writeBlob(directory, LAYER, gzipSync(tar)));
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: await writeJsonBlob(directory, CONFIG, config),
    layers,
  };
  return { ...(await writeJsonBlob(directory, MANIFEST, manifest)), platform };
}

function writeJsonBlob(directory: string, mediaType: string, value: object): Promise<Descriptor> {
  return writeBlob(directory, mediaType, Buffer.from(JSON.stringify(value)));
}

async function writeBlob(directory: string, mediaType: string, bytes: Buffer): Promise<Descriptor> {
  const digest = computeDigest(bytes);
  await writeFile(blobPath(directory, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}

function findDigests(manifest: unknown, fields: readonly string[]): string[] {
  if (typeof manifest !== 'object' || manifest === null) return [];
  return Object.entries(manifest)
    .filter(([field]) => fields.includes(field))
    .flatMap(([, value]): unknown[] => (Array.isArray(value) ? value : [value]))
    .flatMap((entry) =>
      typeof entry === 'object' && entry !== null && 'digest' in entry ? [entry.digest] : [],
    )
    .filter((digest) => typeof digest === 'string');
}
