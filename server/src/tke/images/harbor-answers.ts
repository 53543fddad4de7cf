import { pipeline } from 'node:stream/promises';
import { digestAlgorithm, digestOf, isDigest, isTag, OciError, presentErrors } from '@berth/oci';
import type { StreamResponse } from '../../egress/index.ts';
import {
  type Exchange,
  parsePage,
  presentLink,
  sendEmpty,
  sendJson,
  start,
} from '../../http/index.ts';
import { translateErrors } from './error-body.ts';
import type { NameView } from './name-view.ts';
import type { Passage } from './passage.ts';
import { type PreparedManifest, prepareManifest } from './prepared-manifest.ts';
import { keepHeaders } from './response-headers.ts';
import { type Sealer, sealUpload, type UploadOwner, uploadSuffix } from './upload-seal.ts';
import { discard, readText } from './upstream.ts';
import { brokenUpstream, upstreamStatusFailure } from './upstream-error.ts';

/** What one request has on its way. */
export interface Trip {
  readonly exchange: Exchange;
  readonly passage: Passage;
  readonly view: NameView;
  readonly owner: UploadOwner;
  /** What the sealed address of an upload holds. */
  readonly upload: string;
  readonly sealer: Sealer;
}

/**
 * Gives the client an answer of the existing Harbor.
 *
 * @throws OciError UNAVAILABLE (502, 503, 504) for one that makes no sense
 */
export async function presentAnswer(trip: Trip, answer: StreamResponse): Promise<void> {
  const { path, method } = trip.passage;
  if (answer.status >= 400) {
    const text = await readText(answer.body, MAX_REFUSAL_BYTES).catch(() => '');
    return presentRefusal(trip, answer, text);
  }
  checkSuccess(answer);
  if (path.kind === 'uploads' || path.kind === 'upload') {
    return presentUpload(trip, answer);
  }
  if (method === 'PUT' || method === 'DELETE') return presentChange(trip, answer);
  if (path.kind === 'tags') return presentTags(trip, answer);
  return presentContent(trip, answer);
}

/** What of an answer comes before its body. */
type AnswerHead = Pick<StreamResponse, 'status' | 'headers'>;

/** An answer that was read whole. */
export interface WholeAnswer extends AnswerHead {
  readonly content: Buffer;
}

/** As much of a refusal as is looked at. */
export const MAX_REFUSAL_BYTES = 64 * 1024;

/** The answer to GET or HEAD of a manifest, for all who asked; undefined for a refusal. @throws as presentAnswer */
export function openManifest(
  { passage, view }: Trip,
  { status, headers, content }: WholeAnswer,
): PreparedManifest | undefined {
  if (status >= 400) return undefined;
  checkSuccess({ status, headers });
  if (status !== 200) throw brokenUpstream(`the upstream answered ${status}`);
  const list = keepHeaders(headers, view);
  if (passage.method === 'GET' && !list.includes('Content-Length')) {
    list.push('Content-Length', String(content.length));
  }
  return prepareManifest(list, content);
}

/** Whether a manifest may be given again, to others too. */
export function isKeepable({ path, method }: Passage, manifest: PreparedManifest): boolean {
  const { headers, content } = manifest;
  // A warning is in words for one tenant.
  if (path.kind !== 'manifest' || headers.includes('Warning')) return false;
  if (!('digest' in path.reference)) return true;
  const { digest } = path.reference;
  if (method === 'HEAD') return headers[headers.indexOf('Docker-Content-Digest') + 1] === digest;
  // What is kept by digest is right whenever it is given again.
  return digestOf(content, digestAlgorithm(digest)) === digest;
}

/** Gives the client a refusal to its GET or HEAD of a manifest. @throws as presentAnswer */
export function presentManifestRefusal(trip: Trip, answer: WholeAnswer): void {
  presentRefusal(trip, answer, answer.content.toString());
}

function checkSuccess({ status, headers }: AnswerHead): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw brokenUpstream(`the answer is encoded as ${encoding}`);
  }
  if (status < 200 || (status >= 300 && status !== 304)) {
    throw brokenUpstream(`the upstream answered ${status}`);
  }
}

function presentRefusal(
  { exchange, passage, view }: Trip,
  { status, headers }: AnswerHead,
  text: string,
): void {
  if (status >= 500) throw upstreamStatusFailure(status);
  const unknown = status === 404 ? missing[passage.path.kind] : undefined;
  const body = Buffer.from(presentErrors(translateErrors(text, status, view, unknown)));
  const without = ['Content-Length', 'Content-Type', 'Docker-Content-Digest', 'ETag'];
  const list = keepHeaders(headers, view, without);
  // Whether a client sends on or not: what it sent for a refused request is not looked at.
  const closes = exchange.request.complete ? [] : ['Connection', 'close'];
  start(exchange, status, [
    ...list,
    ...closes,
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(body.length),
  ]);
  exchange.response.end(exchange.request.method === 'HEAD' ? undefined : body);
}

async function presentUpload(trip: Trip, answer: StreamResponse): Promise<void> {
  const { exchange, passage, view, owner, upload } = trip;
  const { headers, status } = answer;
  await discard(answer.body);
  const list = keepHeaders(headers, view, ['Content-Length', 'Content-Type']);
  if (status === 201) {
    const digest = headers['docker-content-digest'] ?? exchange.query.get('digest') ?? '';
    const mounted = passage.mountFrom === undefined ? null : exchange.query.get('mount');
    const known = [digest, mounted].find((text) => typeof text === 'string' && isDigest(text));
    if (known === undefined) throw brokenUpstream('a blob was stored without a digest');
    const location = `/v2/${owner.repository}/blobs/${String(known)}`;
    return sendEmpty(exchange, 201, [...list, 'Location', location]);
  }
  if (passage.method === 'DELETE') return sendEmpty(exchange, status, list);
  const location = headers.location;
  const suffix = location === undefined ? upload : uploadSuffix(location, passage.stored);
  if (suffix === '') throw brokenUpstream('an upload has no Location');
  const address = sealUpload(trip.sealer, owner, suffix);
  const id = ['Docker-Upload-UUID', owner.uploadId];
  return sendEmpty(exchange, status, [...list, 'Location', address, ...id]);
}

async function presentChange(trip: Trip, answer: StreamResponse): Promise<void> {
  const { exchange, passage, view, owner } = trip;
  const { headers, status } = answer;
  await discard(answer.body);
  const list = keepHeaders(headers, view, ['Content-Length', 'Content-Type', 'ETag']);
  const digest = headers['docker-content-digest'];
  const isStored = passage.method === 'PUT' && typeof digest === 'string' && isDigest(digest);
  if (isStored) list.push('Location', `/v2/${owner.repository}/manifests/${digest}`);
  const tags = String(headers['oci-tag'] ?? '')
    .split(/, */)
    .filter((tag) => isTag(tag));
  if (tags.length > 0) list.push('OCI-Tag', tags.join(', '));
  sendEmpty(exchange, status, list);
}

async function presentTags({ exchange, owner }: Trip, answer: StreamResponse): Promise<void> {
  const list: unknown = parseJson(await readText(answer.body));
  const tags = list instanceof Object && 'tags' in list ? list.tags : undefined;
  const shown = Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
  const path = `/v2/${owner.repository}/tags/list`;
  const link = presentNext(exchange, answer, path);
  sendJson(exchange, { name: owner.repository, tags: shown }, link);
}

async function presentContent(trip: Trip, answer: StreamResponse): Promise<void> {
  const { exchange, passage, view, owner } = trip;
  const { status, headers, body } = answer;
  const { path } = passage;
  const list = keepHeaders(headers, view);
  if (path.kind === 'blob') addBlobHeaders(list, path.digest);
  if (path.kind === 'referrers') {
    list.push(...presentNext(exchange, answer, `/v2/${owner.repository}/referrers/${path.digest}`));
  }
  start(exchange, status, list);
  const { response } = exchange;
  if (exchange.request.method === 'HEAD' || status === 304) {
    await discard(body);
    response.end();
    return;
  }
  await pipeline(body, response, { signal: exchange.signal });
}
const missing = {
  manifest: 'MANIFEST_UNKNOWN',
  blob: 'BLOB_UNKNOWN',
  uploads: 'NAME_UNKNOWN',
  upload: 'BLOB_UPLOAD_UNKNOWN',
  tags: 'NAME_UNKNOWN',
  referrers: 'NAME_UNKNOWN',
} as const;

/** What names content for ever, wherever it is kept. */
function addBlobHeaders(list: string[], digest: string): void {
  const own = new Set(['Docker-Content-Digest', 'ETag', 'Content-Type', 'Accept-Ranges']);
  const kept = list.filter((_, index) => !own.has(list[index - (index % 2)] ?? ''));
  const type = kept.length > 0 ? ['Content-Type', 'application/octet-stream'] : [];
  list.length = 0;
  list.push(...kept, ...type, 'Docker-Content-Digest', digest, 'ETag', `"${digest}"`);
  list.push('Accept-Ranges', 'bytes');
}

/** The next page, in our own words: the place to go on from is all that is taken over. */
function presentNext(exchange: Exchange, { headers }: StreamResponse, path: string): string[] {
  const target = /^<([^>]*)>; *rel="?next"?/.exec(String(headers['link'] ?? ''))?.[1];
  const next = URL.parse(target ?? '', 'http://upstream.invalid')?.searchParams;
  const last = next?.get('last');
  if (target === undefined || next === undefined || last === null || last === undefined) return [];
  const { limit } = parsePage(next);
  return presentLink(path, exchange.query, last, limit);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OciError('UNAVAILABLE', 'the registry behind answered wrongly; try again', {
      status: 502,
      cause: error,
    });
  }
}
