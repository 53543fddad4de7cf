import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { findJsonFault } from './json.ts';
import { StatusError } from './status-error.ts';
import { badRequest, tooLarge } from './status-errors.ts';

/** As much as etcd takes, which is Kubernetes' limit. */
export const BODY_LIMIT = 1.5 * 1024 * 1024;

const MAX_DEPTH = 64;
const MAX_ALIASES = 100;

/** A media type without its parameters, in lower case; '' for none. */
export function contentTypeOf({ headers }: IncomingMessage): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/**
 * The body as it came; empty for none.
 * @throws StatusError 413, 400 when the client goes away
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooMany();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT) throw tooMany();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body);
  } catch (error) {
    throw badRequest('the body is not in UTF-8', error);
  }
}

function tooMany(): StatusError {
  return tooLarge(`Request entity too large: limit is ${BODY_LIMIT}`);
}

/**
 * A document in JSON or YAML, that the database can hold.
 * @throws StatusError 400, 415 for other types, among them Kubernetes' protobuf
 */
export function parseDocument(text: string, type: string, known: readonly string[]): unknown {
  if (!known.includes(type)) throw unsupported(known);
  const document = isYaml(type) ? readYaml(text) : readJson(text);
  const fault = findJsonFault(document, MAX_DEPTH);
  if (fault !== undefined) throw badRequest(fault);
  return document;
}

export function unsupported(known: readonly string[]): StatusError {
  const types = known.filter((type) => type !== '').join(', ');
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${types}`,
    { details: {} },
  );
}

function isYaml(type: string): boolean {
  return type.endsWith('yaml');
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest('the body of the request is no valid JSON', error);
  }
}

function readYaml(text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: MAX_ALIASES, schema: 'core', logLevel: 'silent' });
  } catch (error) {
    throw badRequest('the body of the request is no valid YAML', error);
  }
}
