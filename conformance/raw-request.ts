import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawRequest {
  /** Text is sent as Latin-1, byte for byte. */
  readonly bytes: string | Buffer;
  /** Ends the sending side afterwards, as a client that dies in its body does. */
  readonly isCutOff?: boolean;
}

export interface RawAnswer {
  /** Final statuses in the order of the answers; `100 Continue` is left out. */
  readonly statuses: readonly number[];
  /** False when the server neither answered nor closed in time. */
  readonly isEnded: boolean;
  readonly text: string;
}

const DEADLINE_MS = 5000;

/** Sends bytes over a TCP connection and reads until the server closes, or 5 s. */
export async function sendRaw(url: string, { bytes, isCutOff }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A reset is an answer too: the server hung up on bytes it did not want.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const ended = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), DEADLINE_MS);
    for (const event of ['end', 'close']) {
      socket.once(event, () => {
        clearTimeout(timer);
        resolve(true);
      });
    }
  });
  const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  if (isCutOff === true) socket.end(data);
  else socket.write(data);
  const isEnded = await ended;
  socket.destroy();
  const text = Buffer.concat(chunks).toString('latin1');
  const statuses = [...text.matchAll(/(?:^|\n)HTTP\/1\.1 (\d{3}) /g)]
    .map(([, status]) => Number(status))
    .filter((status) => status !== 100);
  return { statuses, isEnded, text };
}
