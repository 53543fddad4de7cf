import { createHash, randomBytes } from 'node:crypto';
import { type Connection, formatHead } from './connection.ts';
import type { BlobPutOperation, Load, ManifestPutOperation, ReadOperation } from './load.ts';
import { type Answer, findHeader } from './response-reader.ts';

/** Does the `index`-th operation and returns its body bytes. Rejects on any unexpected answer. */
export type Step = (connection: Connection, index: number) => Promise<number>;

const PREFIX_BYTES = 32;
/** Blobs above this are hashed before the clock starts: the client's hashing is not the question. */
const INLINE_BYTES = 1024 * 1024;

/** Prepares all that can be prepared, so that the measured time holds the exchange only. */
export function createStep(load: Load): Step {
  const { operation } = load;
  if (operation.kind === 'read') return createRead(load, operation);
  if (operation.kind === 'blob-put') return createBlobPut(load, operation);
  return createManifestPut(load, operation);
}

function createRead(load: Load, operation: ReadOperation): Step {
  const { method, status, bytes } = operation;
  const heads = operation.paths.map((path, index) => {
    const etag = operation.etags?.[index];
    const condition = etag === undefined ? undefined : { 'if-none-match': etag };
    return formatHead(load.address, method, path, { ...load.headers, ...condition });
  });
  const expectation = { hasBody: method !== 'HEAD', keepBody: false, body: [] };
  return async (connection, index) => {
    const head = heads[operation.order[index % operation.order.length] ?? 0] ?? '';
    const answer = await connection.send({ head, ...expectation });
    check(answer, status, head);
    if (bytes !== undefined && answer.bytes !== bytes) {
      throw new Error(`${answer.bytes} bytes instead of ${bytes}: ${firstLine(head)}`);
    }
    return answer.bytes;
  };
}

interface Payload {
  readonly digest: string;
  readonly parts: readonly Buffer[];
}

function createBlobPut(load: Load, operation: BlobPutOperation): Step {
  const { size, repository } = operation;
  const body = randomBytes(size - PREFIX_BYTES);
  const count = 'operations' in load.until && size > INLINE_BYTES ? load.until.operations : 0;
  const prepared = Array.from({ length: count }, () => createPayload(body));
  const start = formatHead(load.address, 'POST', `/v2/${repository}/blobs/uploads/`, {
    ...load.headers,
    'content-length': '0',
  });
  return async (connection, index) => {
    const { digest, parts } = prepared[index] ?? createPayload(body);
    const plain = { hasBody: true, keepBody: false };
    const begun = await connection.send({ head: start, body: [], ...plain });
    check(begun, 202, start);
    const location = new URL(findHeader(begun.headers, 'location') ?? '', 'http://localhost');
    location.searchParams.set('digest', digest);
    const head = formatHead(load.address, 'PUT', location.pathname + location.search, {
      ...load.headers,
      'content-type': 'application/octet-stream',
      'content-length': String(size),
    });
    check(await connection.send({ head, body: parts, ...plain }), 201, head);
    return size;
  };
}

/** Random and unique: a random shared tail after 32 fresh bytes. */
function createPayload(body: Buffer): Payload {
  const prefix = randomBytes(PREFIX_BYTES);
  const digest = createHash('sha256').update(prefix).update(body).digest('hex');
  return { digest: `sha256:${digest}`, parts: [prefix, body] };
}

function createManifestPut(load: Load, { puts }: ManifestPutOperation): Step {
  return async (connection, index) => {
    const number = puts.first + index;
    const body = Buffer.from(`${puts.text[0]}${number}${puts.text[1]}`);
    const head = formatHead(load.address, 'PUT', `${puts.prefix}${number}${puts.suffix}`, {
      ...load.headers,
      'content-type': puts.mediaType,
      'content-length': String(body.length),
    });
    check(await connection.send({ head, body: [body], hasBody: true, keepBody: false }), 201, head);
    return body.length;
  };
}

function check(answer: Answer, status: number, head: string): void {
  if (answer.status === status) return;
  throw new Error(`${answer.status} instead of ${status}: ${firstLine(head)}`);
}

function firstLine(head: string): string {
  return head.slice(0, head.indexOf(' HTTP/'));
}
