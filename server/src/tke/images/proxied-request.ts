import type { IncomingMessage } from 'node:http';
import { isTag, OciError, parseDigest } from '@berth/oci';
import type { Passage } from './passage.ts';

/** What the existing Harbor is told of a request, beside who asks. */
const FORWARDED = [
  'accept',
  'content-type',
  'content-range',
  'range',
  'if-none-match',
  'user-agent',
] as const;

/** Headers for the existing Harbor: those of its protocol, and where the request comes from. */
export function requestHeaders(
  { headers }: IncomingMessage,
  { requestId, address }: { readonly requestId: string; readonly address: string },
): Record<string, string> {
  const sent: Record<string, string> = { 'x-request-id': requestId, 'x-forwarded-for': address };
  for (const name of FORWARDED) {
    const value = headers[name];
    if (value !== undefined) sent[name] = value;
  }
  return sent;
}

/** An upload that only begins, or that is mounted, has nothing to be sent on. */
export function takesBody(method: Passage['method'], query: URLSearchParams): boolean {
  if (method === 'POST') return query.has('digest');
  return method === 'PUT' || method === 'PATCH';
}

const MAX_TAGS = 100;

/**
 * Path and query of a request at the existing Harbor, made anew of what was understood: nothing
 * of the client's URL is passed on as it stands.
 *
 * @param upload what was sealed into the address of an upload
 * @throws OciError for parameters that the endpoint does not take
 */
export function requestPath(
  { path, stored, mountFrom }: Passage,
  query: URLSearchParams,
  upload: string,
): string {
  const base = `/v2/${stored}`;
  switch (path.kind) {
    case 'manifest':
      return withQuery(`${base}/manifests/${path.name}`, tagParameters(query));
    case 'blob':
      return `${base}/blobs/${path.digest}`;
    case 'uploads':
      return withQuery(`${base}/blobs/uploads/`, startParameters(query, mountFrom));
    case 'upload':
      return uploadPath(`${base}/blobs/uploads/${upload}`, query);
    case 'tags':
      return withQuery(`${base}/tags/list`, pick(query, ['n', 'last']));
    case 'referrers':
      return withQuery(
        `${base}/referrers/${path.digest}`,
        pick(query, ['artifactType', 'n', 'last']),
      );
  }
}

function uploadPath(path: string, query: URLSearchParams): string {
  const digest = query.get('digest');
  if (digest === null) return path;
  const joint = path.includes('?') ? '&' : '?';
  return `${path}${joint}digest=${encodeURIComponent(parseDigest(digest))}`;
}

function startParameters(query: URLSearchParams, mountFrom: string | undefined): URLSearchParams {
  const parameters = pick(query, ['digest', 'digest-algorithm']);
  const mount = query.get('mount');
  if (mount !== null && mountFrom !== undefined) {
    parameters.set('mount', parseDigest(mount));
    parameters.set('from', mountFrom);
  }
  const digest = parameters.get('digest');
  if (digest !== null) parseDigest(digest);
  return parameters;
}

function tagParameters(query: URLSearchParams): URLSearchParams {
  const tags = query.getAll('tag');
  if (tags.length > MAX_TAGS) {
    throw new OciError('MANIFEST_INVALID', `at most ${MAX_TAGS} tags in one push`, { status: 414 });
  }
  const isWrong = tags.some((tag) => !isTag(tag));
  if (isWrong) throw new OciError('MANIFEST_INVALID', 'a tag parameter is not a valid tag');
  return new URLSearchParams(tags.map((tag) => ['tag', tag]));
}

function pick(query: URLSearchParams, names: readonly string[]): URLSearchParams {
  const picked = new URLSearchParams();
  for (const name of names) {
    const value = query.get(name);
    if (value !== null) picked.set(name, value);
  }
  return picked;
}

function withQuery(path: string, query: URLSearchParams): string {
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
