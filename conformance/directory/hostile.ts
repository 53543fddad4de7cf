import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { getPort } from './slapd.ts';

/** A server that speaks no LDAP, or a bad one. */
export interface HostileServer {
  readonly url: string;
  /** @throws Error when a connection is still open after a second */
  waitUntilClosed(): Promise<void>;
  /** Connections since the start. */
  countAll(): number;
  stop(): Promise<void>;
}

/** Listens on loopback and does with each connection what `serve` says. */
export async function startHostile(serve: (socket: Socket) => void): Promise<HostileServer> {
  const open = new Set<Socket>();
  let all = 0;
  const server: Server = createServer((socket) => {
    all++;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    serve(socket);
    // Who does not read does not see the end either.
    socket.resume();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `ldap://127.0.0.1:${getPort(server.address())}`,
    async waitUntilClosed() {
      const closed = [...open].map(
        (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      );
      const late = AbortSignal.timeout(1_000);
      const tooLate = once(late, 'abort').then(() => {
        throw new Error(`${open.size} connections are still open`);
      });
      await Promise.race([Promise.all(closed), tooLate]);
    },
    countAll: () => all,
    async stop() {
      for (const socket of open) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

/** Hands over what comes in, one chunk at a time, which is one message here. */
export function onMessage(socket: Socket, answer: (message: Buffer) => void): void {
  socket.on('data', (data) => answer(Buffer.from(data)));
}

/** The answer to message `id`: success of the operation with this tag (RFC 4511, section 4.1.9). */
export function createSuccess(id: number, tag: number): Buffer {
  return encode(0x30, encode(0x02, [id]), encode(tag, [0x0a, 1, 0], encode(0x04), encode(0x04)));
}

/** An entry with one attribute as the answer to search `id` (RFC 4511, section 4.5.2). */
export function createEntry(
  id: number,
  { dn, type, value }: { readonly dn: string; readonly type: string; readonly value: string },
): Buffer {
  const text = (part: string) => encode(0x04, Buffer.from(part));
  const attribute = encode(0x30, text(type), encode(0x31, text(value)));
  return encode(0x30, encode(0x02, [id]), encode(0x64, text(dn), encode(0x30, attribute)));
}

/** BER of less than 128 bytes. */
function encode(tag: number, ...parts: readonly (Buffer | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([tag, body.length]), body]);
}

/** The id of an LDAP message below 128 bytes and ids, which is all that is needed here. */
export function getMessageId(message: Buffer): number {
  const isLong = ((message[1] ?? 0) & 0x80) !== 0;
  const start = isLong ? 2 + ((message[1] ?? 0) & 0x7f) : 2;
  return message[start + 2] ?? 0;
}
