import type { ServerResponse } from 'node:http';

/** An answer to GET or HEAD of a manifest, made once for all who get it. */
export interface PreparedManifest {
  /** Flat name, value list; without the request's id. */
  readonly headers: readonly string[];
  /** Empty for HEAD. */
  readonly content: Buffer;
  /**
   * The same bytes, a character each, of manifests that are small: Node sends a latin1 text in
   * one piece with its headers, and a buffer apart from them.
   */
  readonly latin1: string | undefined;
}

const MAX_LATIN1_BYTES = 32 * 1024;
const COMMON = [
  'Docker-Distribution-Api-Version',
  'registry/2.0',
  'X-Content-Type-Options',
  'nosniff',
] as const;

/** @param list the headers that belong to the content, with its length */
export function prepareManifest(list: readonly string[], content: Buffer): PreparedManifest {
  const latin1 = content.length <= MAX_LATIN1_BYTES ? content.toString('latin1') : undefined;
  return { content, latin1, headers: [...list, ...COMMON] };
}

export function sendPrepared(
  response: ServerResponse,
  { headers, content, latin1 }: PreparedManifest,
  isHead: boolean,
  requestId: string,
): void {
  response.writeHead(200, [...headers, 'X-Request-Id', requestId]);
  if (isHead) response.end();
  else if (latin1 !== undefined) response.end(latin1, 'latin1');
  else response.end(content);
}
