import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { Server } from 'node:net';
import { Readable } from 'node:stream';
import { actions, anonymous } from '../../access/index.ts';
import { createEgress } from '../../egress/index.ts';
import { createAddressOf, createHttpServer, serveRaw } from '../../http/index.ts';
import { Challenge } from '../../identity/index.ts';
import type { KubeCaller } from '../../kube/index.ts';
import { createSecretBox } from '../../secrets/index.ts';
import { createMetrics, type Log } from '../../telemetry/index.ts';
import { tenantOf } from '../config/tenant.ts';
import { createNames } from '../names.ts';
import type { Admission } from '../rights/gatekeeper.ts';
import type { ImageBackEnd } from './back-end.ts';
import { createHarborImages, type HarborImagesPorts } from './harbor-images.ts';
import type { ContentChange, ImageAuditEntry, ImageHooks } from './image-events.ts';
import { createImageFront } from './image-front.ts';
import type { ImageGate } from './open-gate.ts';
import { ServiceAccount } from './service-account.ts';
import { Upstream } from './upstream.ts';

const quietLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quietLog,
};

export const names = createNames();
export const sealer = createSecretBox({ key: randomBytes(32) });
export const hosts = { defaultTenant: 'default', domainSuffix: 'example.com' };

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** All that came over the connection, as text. */
  readonly text: string;
}

export interface Call {
  readonly host?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string | Readable;
}

export interface OpenedFront {
  readonly port: number;
  readonly changes: ContentChange[];
  readonly pulls: ContentChange[];
  readonly audited: ImageAuditEntry[];
  readonly metrics: ReturnType<typeof createMetrics>;
  call(method: string, path: string, call?: Call): Promise<Answer>;
  close(): Promise<void>;
}

const nameOf = (header: string | undefined) => header?.replace('Bearer ', '') ?? 'anonymous';

const callerOf = (header: string | undefined, tenant: string): KubeCaller => ({
  principal:
    header === undefined
      ? anonymous
      : { kind: 'user', id: 1, username: nameOf(header), isAdmin: false, groupIds: [] },
  username: nameOf(header),
  tenantId: tenant,
  isPrivileged: false,
  role: 'member',
  projects: new Map(),
});

/** A gate that knows users by the header `Bearer {name}` and asks the test what they may do. */
export function gateOf(
  allowedOf: (name: string, tenant: string, repository: string) => number,
): ImageGate {
  const admit = async (
    header: string | undefined,
    tenant: string,
    repository: string,
    needed: number,
  ): Promise<Admission> => {
    const caller = callerOf(header, tenant);
    const allowed = allowedOf(caller.username, tenant, repository);
    if ((allowed & needed) === needed) return { caller, allowed };
    throw new Challenge(`repository:${repository}:pull`, 'insufficient_scope');
  };
  return {
    peekImage(authorization, tenant, repository, needed) {
      const caller = callerOf(authorization, tenant);
      const allowed = allowedOf(caller.username, tenant, repository);
      return (allowed & needed) === needed ? { caller, allowed } : undefined;
    },
    admitImage: (shown, tenant, repository, needed) =>
      admit(shown.authorization, tenant, repository, needed),
    admitBase: (shown, tenant) => Promise.resolve(callerOf(shown.authorization, tenant)),
    imageActions: (caller, tenant, repository) =>
      Promise.resolve(allowedOf(caller.username, tenant, repository)),
  };
}

export const openToAll = gateOf(() => actions.all);

export interface FrontOptions {
  readonly backEnd: ImageBackEnd;
  readonly gate?: ImageGate;
  readonly hooks?: Partial<ImageHooks>;
  readonly repositories?: readonly string[];
  readonly isReadOnly?: boolean;
  readonly isDeleteEnabled?: boolean;
}

/** The front on a port of its own. */
export async function openFront(options: FrontOptions): Promise<OpenedFront> {
  const app = createHttpServer({ log: quietLog, idleMs: 60_000 });
  const changes: ContentChange[] = [];
  const pulls: ContentChange[] = [];
  const audited: ImageAuditEntry[] = [];
  const metrics = createMetrics();
  const front = createImageFront({
    tenantOf: (host) => tenantOf(host, hosts),
    names,
    isDeleteEnabled: options.isDeleteEnabled ?? true,
    gatekeeper: options.gate ?? openToAll,
    backEnd: options.backEnd,
    listRepositories: () => options.repositories ?? [],
    challengeOf: ({ headers }) => ({
      realm: `http://${headers.host}/registry/auth`,
      service: 'tke',
    }),
    hooks: {
      onContentChanged: (change) => void changes.push(change),
      onPulled: (change) => void pulls.push(change),
      ...options.hooks,
    },
    audit: { record: (entry) => void audited.push(entry) },
    addressOf: createAddressOf([]),
    log: quietLog,
    metrics,
    isReadOnly: () => options.isReadOnly ?? false,
  });
  serveRaw(app, '/v2', (request, response, id) => front.handle(request, response, id));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const port = portOf(app.server);
  return {
    port,
    changes,
    pulls,
    audited,
    metrics,
    call: (method, path, call = {}) => send(port, method, path, call),
    async close() {
      app.server.closeAllConnections();
      await app.close();
      await front.settle();
    },
  };
}

/** Where a server listens. */
export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** One request on a connection of its own. */
export function send(port: number, method: string, path: string, call: Call): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = { host: call.host ?? 'default.example.com', ...call.headers };
  const request = http.request(
    { host: '127.0.0.1', port, method, path, headers, agent: false },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        const text = `${response.rawHeaders.join('\n')}\n${body.toString()}`;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, text });
      });
    },
  );
  request.on('error', reject);
  if (call.body instanceof Readable) call.body.pipe(request);
  else request.end(call.body);
  return promise;
}

export interface StubRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface StubHarbor {
  readonly url: string;
  readonly requests: StubRequest[];
  close(): Promise<void>;
}

/** A server that plays an existing Harbor: it knows its account and answers as it is told. */
export async function openStub(
  answer: (request: StubRequest, response: http.ServerResponse) => void,
  readsBody = true,
): Promise<StubHarbor> {
  const requests: StubRequest[] = [];
  const server = http.createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const chunks: Buffer[] = [];
    const begin = () => {
      const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
      if (url === '/v2/') response.writeHead(200).end();
      else {
        requests.push(seen);
        answer(seen, response);
      }
    };
    request.on('error', () => undefined);
    if (!readsBody) begin();
    else request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', begin);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The back end over a Harbor at this address. */
export function harborAt(
  url: string,
  options: Partial<HarborImagesPorts> & { headersTimeoutMs?: number; stallMs?: number } = {},
) {
  const egress = createEgress();
  const upstream = new Upstream({
    egress,
    url,
    tls: { verify: true },
    headersTimeoutMs: options.headersTimeoutMs,
    stallMs: options.stallMs ?? 10_000,
  });
  const backEnd = createHarborImages({
    upstream,
    credentials: new ServiceAccount(upstream, { username: 'svc', password: 'secret' }),
    sealer,
    names,
    addressOf: createAddressOf([]),
    stallSeconds: 10,
    ...options,
  });
  return { egress, upstream, backEnd };
}
