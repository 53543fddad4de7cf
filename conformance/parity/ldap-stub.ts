import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface StubEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A directory that is just enough of RFC 4511 to be bound to and searched by name. */
export interface LdapStub extends AsyncDisposable {
  readonly url: string;
}

const TAG = { integer: 0x02, text: 0x04, enumerated: 0x0a, sequence: 0x30, set: 0x31 };
const BIND = 0x60;
const SEARCH = 0x63;
const ANSWER = { bind: 0x61, entry: 0x64, done: 0x65 };
/** A filter that asks only whether there is the attribute: everybody. */
const PRESENT = 0x87;

/** @param entries found where the request has the value of their first attribute, or any */
export async function openLdapStub(entries: readonly StubEntry[]): Promise<LdapStub> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    let rest: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let message = readTlv(rest); message !== undefined; message = readTlv(rest)) {
        rest = message.rest;
        for (const answer of answersTo(message.value, entries)) socket.write(answer);
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `ldap://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function* answersTo(message: Buffer, entries: readonly StubEntry[]): Generator<Buffer> {
  const id = readTlv(message);
  const operation = id && readTlv(id.rest);
  if (id === undefined || operation === undefined) return;
  const wrap = (tag: number, ...parts: readonly Buffer[]) =>
    tlv(TAG.sequence, tlv(TAG.integer, id.value), tlv(tag, ...parts));
  const success = [tlv(TAG.enumerated, Buffer.from([0])), tlv(TAG.text), tlv(TAG.text)];
  if (operation.tag === BIND) yield wrap(ANSWER.bind, ...success);
  if (operation.tag !== SEARCH) return;
  for (const { dn, attributes } of entries) {
    if (!isAskedFor(operation.value, attributes)) continue;
    const list = Object.entries(attributes).map(([name, value]) =>
      tlv(
        TAG.sequence,
        tlv(TAG.text, Buffer.from(name)),
        tlv(TAG.set, tlv(TAG.text, Buffer.from(value))),
      ),
    );
    yield wrap(ANSWER.entry, tlv(TAG.text, Buffer.from(dn)), tlv(TAG.sequence, ...list));
  }
  yield wrap(ANSWER.done, ...success);
}

function isAskedFor(request: Buffer, attributes: StubEntry['attributes']): boolean {
  const [[name, value] = ['', '']] = Object.entries(attributes);
  const everybody = Buffer.concat([Buffer.from([PRESENT, name.length]), Buffer.from(name)]);
  return request.includes(everybody) || (request.includes(name) && request.includes(value));
}

interface Tlv {
  readonly tag: number;
  readonly value: Buffer;
  readonly rest: Buffer;
}

function readTlv(bytes: Buffer): Tlv | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) return undefined;
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (bytes.length < 2 + more) return undefined;
  const length = more === 0 ? first : bytes.readUIntBE(2, more);
  const start = 2 + more;
  if (bytes.length < start + length) return undefined;
  return {
    tag,
    value: bytes.subarray(start, start + length),
    rest: bytes.subarray(start + length),
  };
}

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const length =
    value.length < 0x80
      ? Buffer.from([value.length])
      : Buffer.from([0x82, value.length >> 8, value.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, value]);
}
