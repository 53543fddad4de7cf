// `node bare-server.ts <port> <directory>`: what node:http can do at most. It keeps manifests by
// path in memory, pipes blobs from files, and checks, hashes and syncs nothing.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

interface StoredManifest {
  readonly bytes: Buffer;
  readonly etag: string;
  /** Flat name/value list, prepared once. */
  readonly headers: readonly string[];
}

const CHUNK_BYTES = 256 * 1024;
const [port = '0', directory = '.'] = process.argv.slice(2);
const manifests = new Map<string, StoredManifest>();
const blobs = new Map<string, { readonly file: string; readonly size: number }>();

function getManifest(
  manifest: StoredManifest,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.headers['if-none-match'] === manifest.etag) {
    response.writeHead(304, ['ETag', manifest.etag]).end();
    return;
  }
  response.writeHead(200, [...manifest.headers]);
  if (request.method === 'HEAD') response.end();
  else response.end(manifest.bytes);
}

async function putManifest(path: string, request: IncomingMessage): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const bytes = Buffer.concat(parts);
  const type = request.headers['content-type'] ?? 'application/json';
  const etag = `"sha256:${createHash('sha256').update(bytes).digest('hex')}"`;
  const length = String(bytes.length);
  const headers = ['Content-Type', type, 'Content-Length', length, 'ETag', etag];
  manifests.set(path, { bytes, etag, headers });
}

async function putBlob(url: URL, request: IncomingMessage): Promise<void> {
  const digest = url.searchParams.get('digest') ?? '';
  const file = join(directory, encodeURIComponent(digest));
  await pipeline(request, createWriteStream(file, { highWaterMark: CHUNK_BYTES }));
  const path = url.pathname.replace('uploads/1', digest);
  blobs.set(path, { file, size: statSync(file).size });
}

async function write(path: string, request: IncomingMessage, response: ServerResponse) {
  if (request.method === 'POST') {
    response.writeHead(202, { location: `${path}1`, 'content-length': 0 }).end();
    return;
  }
  const url = new URL(path, 'http://localhost');
  if (path.includes('/manifests/')) await putManifest(path, request);
  else await putBlob(url, request);
  response.writeHead(201, { 'content-length': 0 }).end();
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '';
  const manifest = request.method === 'PUT' ? undefined : manifests.get(path);
  if (manifest !== undefined) {
    getManifest(manifest, request, response);
    return;
  }
  const blob = blobs.get(path);
  if (blob !== undefined) {
    response.writeHead(200, { 'content-length': blob.size });
    const stream = createReadStream(blob.file, { highWaterMark: CHUNK_BYTES });
    pipeline(stream, response).catch(() => response.destroy());
    return;
  }
  if (request.method === 'PUT' || request.method === 'POST') {
    write(path, request, response).catch(() => response.destroy());
    return;
  }
  response.writeHead(path === '/v2/' ? 200 : 404, { 'content-length': 0 }).end();
}

createServer({ highWaterMark: CHUNK_BYTES, keepAliveTimeout: 75_000 }, serve).listen(
  Number(port),
  '127.0.0.1',
);
process.once('SIGTERM', () => process.exit(0));
