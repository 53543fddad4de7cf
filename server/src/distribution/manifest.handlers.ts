import type { IncomingMessage } from 'node:http';
import { isTag, MAX_MANIFEST_BYTES, OciError, type Reference } from '@berth/oci';
import { type Principal, usernameOf } from '../access/index.ts';
import type { Actor, ManifestsService, StoredManifest } from '../artifacts/index.ts';
import { type Exchange, sendEmpty, welcomeBody } from '../http/index.ts';
import type { DistributionEvents, ManifestEvent } from './events.ts';
import { matchesETag } from './range.ts';

/** As which Harbor reads its own registry. */
const HARBOR_AGENT = 'harbor-registry-client';

/** Whether reading a manifest counts as a pull: Harbor's own components only look, as there. */
export function isPull({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers['user-agent'] !== HARBOR_AGENT;
}

/** Tags that one push may move. */
const MAX_TAG_PARAMETERS = 100;

export interface ManifestTarget {
  readonly repository: string;
  readonly projectId: number;
  readonly principal: Principal;
  readonly reference: Reference;
  /** The reference as it stands in the path. */
  readonly name: string;
}

/** With the client's address. */
type Told = ManifestTarget & { readonly address: string };

export interface ManifestHandlers {
  get(exchange: Exchange, target: Told): Promise<void>;
  put(exchange: Exchange, target: Told): Promise<void>;
  delete(exchange: Exchange, target: Told): Promise<void>;
}

/** The `manifests` endpoint (distribution spec end-3, end-7, end-9). */
export function createManifestHandlers(
  manifests: ManifestsService,
  events: DistributionEvents,
): ManifestHandlers {
  return {
    async get(exchange, target) {
      const { repository, reference } = target;
      const manifest = await manifests.find(repository, reference);
      if (manifest === undefined) throw new OciError('MANIFEST_UNKNOWN');
      sendManifest(exchange, manifest);
      if (!isPull(exchange.request)) return;
      events.pulled({ ...eventOf(exchange, target), digest: manifest.digest });
    },
    async put(exchange, target) {
      const { repository, projectId, reference } = target;
      const tags = tagParameters(exchange.query);
      const content = await readBody(exchange);
      const { digest, subject } = await manifests.put({
        repository,
        projectId,
        reference,
        tags,
        contentType: exchange.request.headers['content-type'],
        content,
        actor: actorOf(exchange, target),
      });
      await events.pushed({ ...eventOf(exchange, target), digest });
      sendEmpty(exchange, 201, [
        'Location',
        `/v2/${repository}/manifests/${digest}`,
        'Docker-Content-Digest',
        digest,
        ...(subject === undefined ? [] : ['OCI-Subject', subject]),
        ...(tags.length === 0 ? [] : ['OCI-Tag', tags.join(', ')]),
      ]);
    },
    async delete(exchange, target) {
      const { repository, reference } = target;
      await manifests.delete({ repository, reference, actor: actorOf(exchange, target) });
      await events.deleted(eventOf(exchange, target));
      sendEmpty(exchange, 202);
    },
  };
}

function actorOf({ requestId }: Exchange, { principal }: Told): Actor {
  return { name: usernameOf(principal), requestId };
}

function eventOf({ requestId }: Exchange, target: Told): ManifestEvent {
  const { principal, projectId, repository, name: reference, address } = target;
  return { principal, projectId, repository, reference, address, requestId };
}

/** Answers GET and HEAD with a manifest, or 304 to a client that has it. */
export function sendManifest(
  exchange: Pick<Exchange, 'request' | 'response' | 'requestId'>,
  { digest, headers, content, latin1 }: StoredManifest,
): void {
  const { request, response, requestId } = exchange;
  if (matchesETag(request.headers['if-none-match'], digest)) {
    response.writeHead(304, [
      'ETag',
      `"${digest}"`,
      'Docker-Content-Digest',
      digest,
      'X-Request-Id',
      requestId,
    ]);
    response.end();
    return;
  }
  response.writeHead(200, [...headers, 'X-Request-Id', requestId]);
  if (request.method === 'HEAD') response.end();
  else if (latin1 !== undefined) response.end(latin1, 'latin1');
  else response.end(content);
}

function tagParameters(query: URLSearchParams): string[] {
  const tags = query.getAll('tag');
  if (tags.length > MAX_TAG_PARAMETERS) {
    throw new OciError('MANIFEST_INVALID', `at most ${MAX_TAG_PARAMETERS} tags in one push`, {
      status: 414,
    });
  }
  for (const tag of tags) {
    if (!isTag(tag)) throw new OciError('MANIFEST_INVALID', 'a tag parameter is not a valid tag');
  }
  return tags;
}

/** Collects the body, bounded by the bytes that really come. */
async function readBody(exchange: Exchange): Promise<Buffer> {
  const { request } = exchange;
  if (Number(request.headers['content-length'] ?? 0) > MAX_MANIFEST_BYTES) throw tooLarge();
  welcomeBody(exchange);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MAX_MANIFEST_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  if (!request.complete) throw new OciError('SIZE_INVALID', 'the body ended early');
  return Buffer.concat(chunks, size);
}

function tooLarge(): OciError {
  return new OciError('SIZE_INVALID', `a manifest may have at most ${MAX_MANIFEST_BYTES} bytes`, {
    status: 413,
  });
}
