import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { createCertificate } from '../../server/src/identity/certificate.ts';

/** HTTPS in front of a server that speaks HTTP, with an authority nobody knows. */
export interface TlsFront {
  /** Such as `https://localhost:4443`. */
  readonly url: string;
  /** PEM of the authority. */
  readonly ca: string;
  /** Requests that came through, as `METHOD path` with their Authorization's scheme and user. */
  readonly seen: { method: string; path: string; authorization: string | undefined }[];
  /** Lets the next requests fail: a status to answer with, `cut` to end the connection, `slow` to never answer. */
  fail(
    mode: number | 'cut' | 'slow' | undefined,
    matches?: (method: string, path: string) => boolean,
  ): void;
  close(): Promise<void>;
}

/** @param target of the server behind, such as `http://127.0.0.1:8080` */
export async function openTlsFront(target: string): Promise<TlsFront> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ca = createCertificate(privateKey, 'localhost');
  const seen: TlsFront['seen'] = [];
  let mode: number | 'cut' | 'slow' | undefined;
  let applies: (method: string, path: string) => boolean = () => true;
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const server = https.createServer({ key, cert: ca }, (request, response) => {
    const { method = '', url: path = '' } = request;
    seen.push({ method, path, authorization: request.headers.authorization });
    if (mode !== undefined && applies(method, path)) {
      if (mode === 'cut') return void request.socket.destroy();
      if (mode === 'slow') return;
      request.resume();
      return void response
        .writeHead(mode, { 'content-type': 'text/html' })
        .end(`<h1>${target}</h1>`);
    }
    const upstream = http.request(new URL(path, target), {
      method,
      headers: { ...request.headers, 'x-forwarded-proto': 'https' },
    });
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    upstream.on('error', () => request.socket.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the front has no port');
  return {
    url: `https://localhost:${address.port}`,
    ca,
    seen,
    fail(next, matches = () => true) {
      mode = next;
      applies = matches;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
