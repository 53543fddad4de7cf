import { connect } from 'node:net';
import { type Answer, createResponseReader, type Expectation } from './response-reader.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Outgoing extends Expectation {
  /** Request line and headers, with the empty line. */
  readonly head: string;
  /** Sent as it is, without a copy. */
  readonly body: readonly Buffer[];
}

/** A keep-alive connection that carries one exchange at a time. */
export interface Connection {
  /** Rejects when the connection breaks or the answer is not HTTP. */
  send(request: Outgoing): Promise<Answer>;
  close(): void;
}

const READ_BYTES = 128 * 1024;

/**
 * Opens a raw connection. `node:http`'s Agent costs more than some servers measured here, so the
 * generator speaks HTTP itself and reads into one buffer that it never gives away.
 */
export async function openConnection(address: Address): Promise<Connection> {
  let settle: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  const reader = createResponseReader((answer) => {
    const waiting = settle;
    settle = undefined;
    waiting?.resolve(answer);
  });
  function fail(error: Error): void {
    const waiting = settle;
    settle = undefined;
    waiting?.reject(error);
    socket.destroy();
  }
  const socket = connect({
    ...address,
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafe(READ_BYTES),
      callback(length, buffer) {
        try {
          reader.read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
        } catch (error) {
          fail(error instanceof Error ? error : new Error(String(error)));
        }
        return true;
      },
    },
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));
  return {
    send(request) {
      return new Promise((resolve, reject) => {
        if (socket.destroyed) {
          reject(new Error('the connection is closed'));
          return;
        }
        settle = { resolve, reject };
        reader.expect(request);
        socket.cork();
        socket.write(request.head, 'latin1');
        for (const part of request.body) socket.write(part);
        socket.uncork();
      });
    },
    close: () => socket.destroy(),
  };
}

/** Request line and headers of a request to `address`. */
export function formatHead(
  address: Address,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\nHost: ${address.host}:${address.port}\r\n${lines.join('')}\r\n`;
}
