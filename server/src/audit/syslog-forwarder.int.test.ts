import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRecordingLog } from '../../test/log.ts';
import { createCertificate } from '../identity/certificate.ts';
import { createMetrics } from '../telemetry/index.ts';
import { cleanEntry } from './audit-entry.ts';
import { checkReachable } from './syslog-connection.ts';
import {
  createSyslogForwarder,
  type SyslogForwarder,
  type SyslogForwarderOptions,
} from './syslog-forwarder.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const record = (resource: string) =>
  cleanEntry(
    { operation: 'create', resourceType: 'artifact', resource, username: 'ann', succeeded: true },
    new Date(),
  );
const records = (names: readonly (string | number)[]) => names.map((name) => record(`${name}`));

/** The resources of the messages in a stream of frames; what is cut off at its end is left out. */
function readFrames(bytes: Buffer): string[] {
  const resources: string[] = [];
  for (let rest = bytes; ; ) {
    const space = rest.indexOf(' ');
    const length = Number(rest.subarray(0, space));
    if (space < 1 || rest.length < space + 1 + length) return resources;
    const message = rest.subarray(space + 1, space + 1 + length).toString();
    resources.push(/ resource="([^"]*)"/.exec(message)?.[1] ?? message);
    rest = rest.subarray(space + 1 + length);
  }
}

class Receiver {
  readonly sockets: Socket[] = [];
  readonly #chunks = new Map<Socket, Buffer[]>();
  readonly accept = (socket: Socket) => {
    this.sockets.push(socket);
    const chunks: Buffer[] = [];
    this.#chunks.set(socket, chunks);
    socket.on('error', () => undefined);
    this.greet(socket);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  };
  greet: (socket: Socket) => unknown = () => undefined;

  /** Resources of all messages, connection by connection. */
  received(): string[] {
    return this.sockets.flatMap((socket) =>
      readFrames(Buffer.concat(this.#chunks.get(socket) ?? [])),
    );
  }
}

async function listen(server: Server, receiver: Receiver, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  cleanUps.push(() => close(server, receiver));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function close(server: Server, receiver: Receiver): Promise<void> {
  for (const socket of receiver.sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

async function startReceiver(
  port = 0,
): Promise<Receiver & { port: number; stop(): Promise<void> }> {
  const receiver = new Receiver();
  const server = createServer(receiver.accept);
  const bound = await listen(server, receiver, port);
  return Object.assign(receiver, { port: bound, stop: () => close(server, receiver) });
}

async function unusedPort(): Promise<number> {
  const receiver = await startReceiver();
  await receiver.stop();
  return receiver.port;
}

function startForwarder(options: SyslogForwarderOptions = {}) {
  const metrics = createMetrics();
  const { log, entries } = createRecordingLog();
  const forwarder: SyslogForwarder = createSyslogForwarder({
    log,
    metrics,
    options: { backoffMs: 5, lingerMs: 10, ...options },
  });
  cleanUps.push(() => forwarder.stop());
  const dropped = async () =>
    (await metrics.registry.getSingleMetric('berth_audit_forward_dropped_total')?.get())?.values[0]
      ?.value;
  return { forwarder, logged: entries, dropped };
}

const TEN_SECONDS = { timeout: 10_000 };

describe('forwarding to a syslog server', () => {
  it('sends all entries in their order over one connection', async () => {
    const receiver = await startReceiver();
    const { forwarder } = startForwarder();
    const names = Array.from({ length: 1000 }, (_, i) => `${i}`);
    for (const name of names) forwarder.forward([record(name)], `127.0.0.1:${receiver.port}`);
    await vi.waitFor(() => expect(receiver.received()).toEqual(names), TEN_SECONDS);
    expect(receiver.sockets).toHaveLength(1);
  });

  it('keeps entries for a server that is not there yet, and warns once', async () => {
    const port = await unusedPort();
    const { forwarder, logged } = startForwarder();
    forwarder.forward(records(['a', 'b']), `127.0.0.1:${port}`);
    await vi.waitFor(() => expect(logged).toHaveLength(1), TEN_SECONDS);
    forwarder.forward(records(['c']), `127.0.0.1:${port}`);
    const receiver = await startReceiver(port);
    await vi.waitFor(() => expect(receiver.received()).toEqual(['a', 'b', 'c']), TEN_SECONDS);
    expect(logged).toMatchObject([{ level: 'warn' }]);
  });

  it('connects again after the server, a talkative one, closed the connection', async () => {
    const receiver = await startReceiver();
    receiver.greet = (socket) => socket.write('220 ready\r\n');
    const endpoint = `127.0.0.1:${receiver.port}`;
    const { forwarder } = startForwarder();
    forwarder.forward(records(['a']), endpoint);
    await vi.waitFor(() => expect(receiver.received()).toEqual(['a']), TEN_SECONDS);
    const closed = new Promise((resolve) => receiver.sockets[0]?.once('close', resolve));
    receiver.sockets[0]?.end();
    await closed;
    forwarder.forward(records(['b']), endpoint);
    await vi.waitFor(() => expect(receiver.received()).toEqual(['a', 'b']), TEN_SECONDS);
    expect(receiver.sockets).toHaveLength(2);
  });

  it('outlives a server that resets its connections', async () => {
    const receiver = await startReceiver();
    receiver.greet = (socket) => {
      if (receiver.sockets.length <= 3) socket.resetAndDestroy();
    };
    const { forwarder } = startForwarder();
    await vi.waitFor(() => {
      forwarder.forward(records(['x']), `127.0.0.1:${receiver.port}`);
      expect(receiver.received().length).toBeGreaterThan(0);
    }, TEN_SECONDS);
  });

  it('neither blocks nor grows without bound when the server reads nothing', async () => {
    const receiver = await startReceiver();
    receiver.greet = (socket) => socket.pause();
    const { forwarder, dropped } = startForwarder();
    const big = Array.from({ length: 25_000 }, (_, i) => record(`${i}${'x'.repeat(900)}`));
    forwarder.forward(big, `127.0.0.1:${receiver.port}`);
    expect(await dropped()).toBe(15_000);
    await forwarder.stop();
    expect(await dropped()).toBeGreaterThan(15_000);
  });

  it('gives a server up that reads nothing for too long', async () => {
    const receiver = await startReceiver();
    receiver.greet = (socket) => {
      if (receiver.sockets.length === 1) socket.pause();
    };
    const { forwarder, logged } = startForwarder({ stallMs: 50 });
    const names = Array.from({ length: 9000 }, (_, i) => `${i}${'x'.repeat(1000)}`);
    forwarder.forward(records(names), `127.0.0.1:${receiver.port}`);
    await vi.waitFor(() => expect(receiver.received()).toContain(names.at(-1)), TEN_SECONDS);
    expect(receiver.sockets).toHaveLength(2);
    expect(logged).toMatchObject([{ level: 'warn' }]);
  });

  it('turns to another endpoint, and stops for none', async () => {
    const [first, second] = [await startReceiver(), await startReceiver()];
    const { forwarder } = startForwarder();
    forwarder.forward(records(['a']), `127.0.0.1:${first.port}`);
    await vi.waitFor(() => expect(first.received()).toEqual(['a']), TEN_SECONDS);
    forwarder.forward(records(['b']), `127.0.0.1:${second.port}`);
    await vi.waitFor(() => expect(second.received()).toEqual(['b']), TEN_SECONDS);
    const closed = new Promise((resolve) => second.sockets[0]?.once('close', resolve));
    forwarder.forward(records(['c']), '');
    await closed;
    expect(first.received()).toEqual(['a']);
    expect(second.received()).toEqual(['b']);
  });

  it('gives what waits when it stops time to leave', async () => {
    const receiver = await startReceiver();
    const { forwarder } = startForwarder({ lingerMs: 5000 });
    forwarder.forward(records(['a', 'b']), `127.0.0.1:${receiver.port}`);
    await forwarder.stop();
    await vi.waitFor(() => expect(receiver.received()).toEqual(['a', 'b']), TEN_SECONDS);
  });

  it('stops while nobody listens, and takes nothing any more', async () => {
    const { forwarder, dropped } = startForwarder();
    forwarder.forward(records(['a']), `127.0.0.1:${await unusedPort()}`);
    await forwarder.stop();
    forwarder.forward(records(['b']), `127.0.0.1:${await unusedPort()}`);
    expect(await dropped()).toBe(1);
  });
});

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const certificate = createCertificate(privateKey, 'localhost');

async function startTlsReceiver(): Promise<Receiver & { port: number }> {
  const receiver = new Receiver();
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const server = createTlsServer({ key, cert: certificate }, receiver.accept);
  server.on('tlsClientError', () => undefined);
  return Object.assign(receiver, { port: await listen(server, receiver) });
}

describe('forwarding over TLS', () => {
  it('sends to a server that proves its name', async () => {
    const receiver = await startTlsReceiver();
    const { forwarder } = startForwarder({ ca: certificate });
    forwarder.forward(records(['a', 'b']), `tls://localhost:${receiver.port}`);
    await vi.waitFor(() => expect(receiver.received()).toEqual(['a', 'b']), TEN_SECONDS);
  });

  it('sends nothing to one whose certificate nobody vouches for', async () => {
    const receiver = await startTlsReceiver();
    const { forwarder, logged } = startForwarder();
    forwarder.forward(records(['a']), `tls://localhost:${receiver.port}`);
    await vi.waitFor(() => expect(logged).toHaveLength(1), TEN_SECONDS);
    expect(receiver.received()).toEqual([]);
  });

  it('sends nothing to one with the certificate of another', async () => {
    const receiver = await startTlsReceiver();
    const { forwarder, logged } = startForwarder({ ca: certificate });
    forwarder.forward(records(['a']), `tls://127.0.0.1:${receiver.port}`);
    await vi.waitFor(() => expect(logged).toHaveLength(1), TEN_SECONDS);
    expect(receiver.received()).toEqual([]);
  });
});

describe('checkReachable', () => {
  it('accepts servers that listen', async () => {
    const [plain, secure] = [await startReceiver(), await startTlsReceiver()];
    await checkReachable(`127.0.0.1:${plain.port}`);
    await checkReachable(`tls://localhost:${secure.port}`, { ca: certificate });
    await vi.waitFor(() => {
      expect([plain.sockets.length, secure.sockets.length]).toEqual([1, 1]);
    }, TEN_SECONDS);
  });

  it('refuses what is no endpoint, what does not listen and what does not speak TLS', async () => {
    const plain = await startReceiver();
    plain.greet = (socket) => socket.end('syslog');
    await expect(checkReachable('nowhere')).rejects.toMatchObject({ kind: 'invalid' });
    const absent = `127.0.0.1:${await unusedPort()}`;
    await expect(checkReachable(absent)).rejects.toThrow(`no syslog server answers at ${absent}`);
    await expect(checkReachable(`tls://localhost:${plain.port}`)).rejects.toMatchObject({
      kind: 'invalid',
    });
    const secure = await startTlsReceiver();
    await expect(checkReachable(`tls://localhost:${secure.port}`)).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it('gives a silent server up', async () => {
    const silent = await startReceiver();
    const endpoint = `tls://127.0.0.1:${silent.port}`;
    await expect(checkReachable(endpoint, { connectTimeoutMs: 50 })).rejects.toThrow(
      'no syslog server answers',
    );
  });
});
