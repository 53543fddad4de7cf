import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';

/** One request that arrived. */
export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  /** As it was sent. */
  readonly text: string;
  /** Parsed. */
  readonly body: unknown;
}

/** A receiver of webhooks on loopback. */
export interface WebhookReceiver {
  readonly port: number;
  /** Everything that has arrived, in its order. */
  readonly deliveries: readonly Delivery[];
  /** Answers the next request with this status; 200 otherwise. */
  answerOnce(status: number): void;
  /** The first delivery from the index `from` on that fits, awaited for 30 s. */
  waitFor(fits: (delivery: Delivery) => boolean, from: number): Promise<Delivery>;
  stop(): Promise<void>;
}

const PATIENCE_MS = 30_000;

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const deliveries: Delivery[] = [];
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      deliveries.push({ headers: request.headers, text, body: JSON.parse(text) });
      response.writeHead(statuses.shift() ?? 200).end();
      server.emit('delivery');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was assigned');

  return {
    port: address.port,
    deliveries,
    answerOnce: (status) => void statuses.push(status),
    async waitFor(fits, from) {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      for (;;) {
        const found = deliveries.slice(from).find(fits);
        if (found !== undefined) return found;
        await once(server, 'delivery', { signal }).catch((error: unknown) => {
          const seen = deliveries.slice(from).map(({ text }) => text);
          throw new Error(`nothing came in ${PATIENCE_MS / 1000} s but: ${seen.join('\n')}`, {
            cause: error,
          });
        });
      }
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
