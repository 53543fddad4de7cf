import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { createCertificate } from '../../server/src/identity/certificate.ts';

/**
 * A status to answer with, `cut` to end the connection, `slow` to never answer, `lost` to end the
 * connection once the server behind has done what was asked; undefined for no failure.
 */
export type FailureMode = number | 'cut' | 'slow' | 'lost' | undefined;

/** HTTPS in front of a server that speaks HTTP, with an authority nobody knows. */
export interface TlsFront {
  /** Such as `https://localhost:4443`. */
  readonly url: string;
  /** PEM of the authority. */
  readonly ca: string;
  /** Requests that came through, as `METHOD path` with their Authorization's scheme and user. */
  readonly seen: { method: string; path: string; authorization: string | undefined }[];
  /** Lets the next requests fail, all or those that match; undefined ends it. */
  fail(
    mode: FailureMode | ((method: string, path: string) => FailureMode),
    matches?: (method: string, path: string) => boolean,
  ): void;
  close(): Promise<void>;
}

/** PEM of a server's key and of its self-signed certificate. */
export interface TlsIdentity {
  readonly key: string | Buffer;
  readonly ca: string;
}

/**
 * @param target of the server behind, such as `http://127.0.0.1:8080`
 * @param identity made for `localhost` by common name alone unless told, which Go does not take
 */
export async function openTlsFront(
  target: string,
  identity: TlsIdentity = createIdentity(),
): Promise<TlsFront> {
  const { key, ca } = identity;
  const seen: TlsFront['seen'] = [];
  let modeOf: (method: string, path: string) => FailureMode = () => undefined;
  const server = https.createServer({ key, cert: ca }, (request, response) => {
    const { method = '', url: path = '' } = request;
    seen.push({ method, path, authorization: request.headers.authorization });
    const mode = modeOf(method, path);
    if (mode === 'cut') return void request.socket.destroy();
    if (mode === 'slow') return;
    if (typeof mode === 'number') {
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
      if (mode === 'lost') {
        answer.resume().once('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      // A watch may have nothing to say for long.
      response.flushHeaders();
      answer.pipe(response);
    });
    upstream.on('error', () => {
      // An answer that came before all of the body was sent is passed on, as a proxy does.
      if (!response.headersSent) request.socket.destroy();
    });
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
      modeOf = (method, path) => {
        if (!matches(method, path)) return undefined;
        return typeof next === 'function' ? next(method, path) : next;
      };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function createIdentity(): TlsIdentity {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { key, ca: createCertificate(privateKey, 'localhost') };
}
