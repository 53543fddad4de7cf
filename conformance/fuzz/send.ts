import { Agent, type IncomingHttpHeaders, request as sendRequest } from 'node:http';
import type { FuzzRequest } from './request.ts';

export interface FuzzAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly milliseconds: number;
}

/** Nothing that a client may ask for takes longer. */
export const DEADLINE_MS = 5_000;

/** Sends requests over kept connections, byte for byte as they were drawn. */
export function createSender(
  url: string,
  { deadlineMs = DEADLINE_MS }: { deadlineMs?: number } = {},
): {
  /** Rejects when there is no whole answer within the deadline. */
  send(
    request: Pick<FuzzRequest, 'target' | 'headers' | 'body'> & { readonly method: string },
  ): Promise<FuzzAnswer>;
  close(): void;
} {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const { hostname, port } = new URL(url);
  return {
    close: () => agent.destroy(),
    send: ({ method, target, headers, body }) =>
      new Promise((resolve, reject) => {
        const start = performance.now();
        const length = body === undefined ? {} : { 'content-length': body.length };
        const signal = AbortSignal.timeout(deadlineMs);
        const sent = sendRequest({
          agent,
          hostname,
          port,
          method,
          path: target,
          signal,
          headers: { ...headers, ...length },
        });
        sent.once('error', reject);
        sent.once('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('close', () => {
            if (!response.complete) return reject(new Error('the answer was cut'));
            const { statusCode: status = 0, headers } = response;
            const milliseconds = performance.now() - start;
            return resolve({ status, headers, body: Buffer.concat(chunks), milliseconds });
          });
        });
        sent.end(body);
      }),
  };
}
