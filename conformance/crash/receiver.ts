import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Caller, withJson } from './http.ts';

/** A webhook as it came in. */
export interface Delivery {
  /** The same each time that it is tried. */
  readonly task: number;
  readonly attempt: number;
  readonly type: string;
  /** Of the request that was the cause. */
  readonly requestId: string;
  /** With its project. */
  readonly repository: string;
  /** The tag, or the digest. */
  readonly reference: string;
  /** The status that it was answered with; 0 while it is not. */
  status: number;
}

/** Who is told; CloudEvents only. */
export interface Receiver {
  readonly address: string;
  /** In the order in which they were there as a whole. */
  readonly deliveries: Delivery[];
  /** What arrived and was none. */
  readonly oddities: string[];
  /** Gives the status for the next delivery, after as long as it likes; 200 at once unless set. */
  answer: (index: number) => number | Promise<number>;
  /** Listens, at the same address each time. */
  open(): Promise<void>;
  /** Takes nothing any more: connections are refused. */
  close(): Promise<void>;
}

export async function createReceiver(): Promise<Receiver> {
  let server: Server | undefined;
  let port = 0;

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const delivery = parseDelivery(request, body.toString());
    if (delivery === undefined) {
      receiver.oddities.push(body.subarray(0, 300).toString());
      response.writeHead(400).end();
      return;
    }
    const index = receiver.deliveries.push(delivery) - 1;
    const status = await receiver.answer(index);
    delivery.status = status;
    response.writeHead(status).end();
  }

  const receiver: Receiver = {
    deliveries: [],
    oddities: [],
    answer: () => 200,
    get address() {
      return `http://127.0.0.1:${port}/hook`;
    },
    async open() {
      // One that is cut will come again.
      server = createServer((request, response) => {
        receive(request, response).catch(() => undefined);
      });
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      const bound = server.address();
      if (bound !== null && typeof bound === 'object') port = bound.port;
    },
    async close() {
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      closing.close();
      closing.closeAllConnections();
      await once(closing, 'close');
    },
  };
  await receiver.open();
  return receiver;
}

function parseDelivery({ headers }: IncomingMessage, body: string): Delivery | undefined {
  try {
    const event = JSON.parse(body);
    return {
      task: Number(headers['x-berth-delivery']),
      attempt: Number(headers['x-berth-attempt']),
      type: String(headers['x-berth-event']),
      requestId: String(event.requestid),
      repository: String(event.data.repository.repo_full_name),
      reference: String(event.data.resources[0].tag),
      status: 0,
    };
  } catch {
    return undefined;
  }
}

/** Lets the project tell the receiver of these events. */
export async function createWebhook(
  caller: Caller,
  project: string,
  { address }: Pick<Receiver, 'address'>,
  eventTypes: readonly string[],
): Promise<void> {
  const target = { type: 'http', address, payload_format: 'CloudEvents' };
  const policy = { name: 'crash', enabled: true, event_types: eventTypes, targets: [target] };
  const path = `/api/v2.0/projects/${project}/webhook/policies`;
  const answer = await caller.call('POST', path, withJson(policy));
  if (answer.status === 201) return;
  throw new Error(`no webhook policy: ${answer.status} ${answer.body.toString()}`);
}
