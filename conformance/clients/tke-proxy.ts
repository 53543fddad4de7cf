import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** What clients take for the network: every host name leads to the registry, and all is read. */
export interface TkeProxy {
  /** For HTTP_PROXY; asked without a proxy's manners it passes on to the registry as well. */
  readonly url: string;
  /** How many requests came through. */
  requests(): number;
  /** Where a secret showed up in an answer, as `METHOD url: secret`. */
  leaks(): readonly string[];
  /** From now on `CONNECT` to any name's port 6443 leads to this port of loopback. */
  tunnelTo(port: number): void;
  close(): Promise<void>;
}

/** Where the network that the proxy stands for has HTTPS. */
export const API_PORT = 6443;

/** Of an answer already read, kept in case a secret is cut in two by the chunks. */
const OVERLAP = 256;

/**
 * A forward proxy of plain HTTP in front of one server, which gets the Host that was asked for.
 *
 * @param target such as `http://127.0.0.1:8080`
 * @param findSecret gives what no client may see, if the text has any
 */
export async function openTkeProxy(
  target: string,
  findSecret: (text: string) => string | undefined,
): Promise<TkeProxy> {
  const leaks: string[] = [];
  let count = 0;
  let tunnelPort: number | undefined;
  const tunnels = new Set<Duplex>();

  function pass(request: http.IncomingMessage, response: http.ServerResponse): void {
    count++;
    const asked = new URL(request.url ?? '/', 'http://registry');
    const label = `${request.method} ${request.headers.host}${asked.pathname}${asked.search}`;
    // Only what is not compressed can be read.
    const {
      'accept-encoding': _encoding,
      'proxy-connection': _proxy,
      ...headers
    } = request.headers;
    const upstream = http.request(new URL(asked.pathname + asked.search, target), {
      method: request.method,
      headers,
      agent: false,
    });
    upstream.on('response', (answer) => {
      const note = watchFor(findSecret, (secret) => leaks.push(`${label}: ${secret}`));
      note(`${answer.statusMessage}\n${answer.rawHeaders.join('\n')}\n`);
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      // A watch may have nothing to say for long.
      response.flushHeaders();
      answer.on('data', (chunk: Buffer) => note(chunk.toString('latin1')));
      answer.pipe(response);
    });
    upstream.on('error', () => request.socket.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  const server = http.createServer(pass);
  server.on('connect', (request: http.IncomingMessage, socket: Duplex) => {
    // There is no other HTTPS, which tells clients of images to try plain HTTP.
    const isApi = request.url?.endsWith(`:${API_PORT}`) === true;
    if (tunnelPort === undefined || !isApi)
      return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const tunnel = connect(tunnelPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(tunnel).pipe(socket);
    });
    tunnels.add(socket);
    tunnel.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket
      .on('error', () => tunnel.destroy())
      .on('close', () => {
        tunnels.delete(socket);
        tunnel.destroy();
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: () => count,
    leaks: () => leaks,
    tunnelTo(port) {
      tunnelPort = port;
    },
    async close() {
      // The server no longer counts these among its connections.
      for (const socket of tunnels) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Reads one answer piece by piece; reports the first secret only. */
function watchFor(
  findSecret: (text: string) => string | undefined,
  report: (secret: string) => void,
): (text: string) => void {
  let rest = '';
  let isReported = false;
  return (text) => {
    if (isReported) return;
    const secret = findSecret(rest + text);
    rest = (rest + text).slice(-OVERLAP);
    if (secret === undefined) return;
    isReported = true;
    report(secret);
  };
}
