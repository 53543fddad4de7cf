import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export interface StubRequest {
  readonly method: string;
  /** With the query, as sent. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer; `cut` ends the connection half-way, `never` gives none. */
export type StubAnswer =
  | {
      readonly status: number;
      readonly json?: unknown;
      readonly body?: string;
      readonly headers?: Record<string, string>;
    }
  | 'cut'
  | 'never';

export interface HarborStub {
  readonly url: string;
  readonly requests: readonly StubRequest[];
  /** `GET /path` of all requests, in their order. */
  calls(): string[];
  close(): Promise<void>;
}

/** A Harbor that answers as the test says. */
export async function startHarborStub(
  answer: (request: StubRequest) => StubAnswer,
): Promise<HarborStub> {
  const requests: StubRequest[] = [];
  const server = createServer((incoming, response) => {
    const take = async () => {
      const { method = '', url = '', headers } = incoming;
      const request = { method, path: url, headers, body: await text(incoming) };
      requests.push(request);
      give(response, answer(request));
    };
    void take();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    calls: () => requests.map(({ method, path }) => `${method} ${path}`),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function give(response: ServerResponse, answer: StubAnswer): void {
  if (answer === 'never') return;
  if (answer === 'cut') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"half":');
    response.socket?.end();
    return;
  }
  const { status, json, body, headers = {} } = answer;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(json === undefined ? body : JSON.stringify(json));
}
