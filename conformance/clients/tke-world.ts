import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Answer, ask } from '../tke/http.ts';
import { openTlsFront, type TlsFront, type TlsIdentity } from '../tke/tls-front.ts';
import { assertEqual, textAt } from './assertion.ts';
import type { Context, RunOptions } from './context.ts';
import { startBerth } from './registry.ts';
import { openTkeProxy, type TkeProxy } from './tke-proxy.ts';

export const DEFAULT_TENANT = 'default';
export const OTHER_TENANT = 'acme';
const SUFFIX = 'registry.example.test';
const API = '/apis/registry.tkestack.io/v1';

/** Whose images and charts these are: ours, or an existing Harbor's that we stand in front of. */
export type TkeKind = 'builtin' | 'harbor';
export const tkeKinds: readonly TkeKind[] = ['builtin', 'harbor'];

/** Administrators of either tenant and a member of the default one; `admin` is above tenants. */
export type TkeUser = 'admin' | 'alice' | 'mia' | 'bob';

const members = [
  { name: 'alice', tenant: DEFAULT_TENANT, role: 'admin' },
  { name: 'mia', tenant: DEFAULT_TENANT, role: 'member' },
  { name: 'bob', tenant: OTHER_TENANT, role: 'admin' },
] as const satisfies readonly { name: TkeUser; tenant: string; role: string }[];

/** A Berth for TKE in processes of its own, as clients of two tenants see it. */
export interface TkeWorld {
  readonly kind: TkeKind;
  readonly context: Context;
  readonly proxy: TkeProxy;
  /** HTTPS in front of the management API, which kubectl sends no credentials without. */
  readonly front: TlsFront;
  /** Of every user. */
  readonly password: string;
  host(tenant: string): string;
  /** A directory of this world's own. */
  directory(name: string): Promise<string>;
  /** The API key of a user. */
  key(user: TkeUser): string;
  /** A command whose network is the proxy; `login` has credentials of Docker's kind for all hosts. */
  run(argv: readonly string[], options?: TkeRunOptions): Promise<string>;
  refuse(argv: readonly string[], pattern?: RegExp, options?: TkeRunOptions): Promise<void>;
  /** The environment of such a command. */
  env(login?: TkeUser | 'none'): Promise<Readonly<Record<string, string>>>;
  /** Management API; `json` of the answer. @throws Error unless it has `status` */
  api(path: string, asked: ApiCall, status: number): Promise<unknown>;
  /** Any path by a tenant's host name, through the proxy. */
  call(path: string, asked?: ApiCall): Promise<Answer>;
}

export interface TkeRunOptions extends RunOptions {
  readonly login?: TkeUser | 'none';
}

export interface ApiCall {
  readonly method?: string;
  readonly as?: TkeUser | undefined;
  /** Whose host name is used; the user's own unless told. */
  readonly tenant?: string;
  readonly json?: unknown;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Whose host name a user goes by. */
export function tenantOf(user: TkeUser | undefined): string {
  return user === 'bob' ? OTHER_TENANT : DEFAULT_TENANT;
}

const sourceRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const opened = new WeakMap<Context, Map<TkeKind, Promise<TkeWorld>>>();

/** The one world of a kind in a run, started when it is first asked for. */
export function openTkeWorld(context: Context, kind: TkeKind): Promise<TkeWorld> {
  const worlds = opened.get(context) ?? new Map<TkeKind, Promise<TkeWorld>>();
  opened.set(context, worlds);
  const world = worlds.get(kind) ?? startWorld(context, kind);
  worlds.set(kind, world);
  return world;
}

/** @throws Error with every place where an answer had a name of the back end, or when none came */
export function assertNoLeaks(world: TkeWorld): void {
  assertEqual(world.proxy.requests() > 0, true, 'requests were seen');
  assertEqual(world.proxy.leaks().slice(0, 10), [], 'internal names in answers');
}

async function startWorld(context: Context, kind: TkeKind): Promise<TkeWorld> {
  const cleanup = new AsyncDisposableStack();
  context.defer(() => cleanup.disposeAsync());
  // Which are kept out of what is printed.
  const { password } = context.registry;
  const root = await context.directory(`tke-${kind}`);
  const start = async (name: string, settings: Readonly<Record<string, string>>) =>
    startBerth({
      sourceRoot,
      cleanup,
      password,
      dataDir: await context.directory(`tke-${kind}/${name}`),
      env: { PATH: process.env['PATH'] ?? '', HOME: root, ...settings },
    });
  let harbor: (TlsFront & { readonly direct: string }) | undefined;
  if (kind === 'harbor') {
    const { url } = await start('existing', {});
    const front = await openTlsFront(url);
    cleanup.defer(() => front.close());
    harbor = { ...front, direct: url };
  }
  const file = await writeConfiguration(root, harbor, password);
  const registry = await start('berth', { BERTH_TKE_CONFIG: file });
  const hosts =
    harbor === undefined ? [] : [harbor.url, harbor.direct].map((url) => new URL(url).host);
  const proxy = await openTkeProxy(registry.url, (text) => findSecret(text, hosts));
  cleanup.defer(() => proxy.close());
  const front = await openTlsFront(proxy.url, await makeIdentity(context, root));
  cleanup.defer(() => front.close());
  proxy.tunnelTo(Number(new URL(front.url).port));
  const world = createWorld({ kind, context, proxy, front, password });
  await world.fill();
  return world;
}

/** For all tenants' names, as Go wants them; Node makes no certificates. */
async function makeIdentity(context: Context, root: string): Promise<TlsIdentity> {
  const [keyFile, file] = [join(root, 'front.key'), join(root, 'front.crt')];
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    keyFile,
  ];
  const names = ['-subj', '/CN=tke', '-addext', `subjectAltName=DNS:*.${SUFFIX},DNS:localhost`];
  await context.run(['openssl', 'req', '-x509', '-days', '2', ...key, ...names, '-out', file]);
  return { key: await readFile(keyFile), ca: await readFile(file, 'utf8') };
}

/** Names of the back end's projects, its address, and whom Harbor's own challenges name. */
function findSecret(text: string, hosts: readonly string[]): string | undefined {
  const project = /(?:default|acme)-(?:image|chart)-[a-z0-9]/.exec(text)?.[0];
  return project ?? [...hosts, 'harbor-registry'].find((secret) => text.includes(secret));
}

async function writeConfiguration(
  root: string,
  harbor: TlsFront | undefined,
  password: string,
): Promise<string> {
  const file = join(root, 'tke-registry-config.yaml');
  const ca = join(root, 'harbor-ca.crt');
  if (harbor !== undefined) await writeFile(ca, harbor.ca);
  const configuration = {
    apiVersion: 'registry.config.tkestack.io/v1',
    kind: 'RegistryConfiguration',
    defaultTenant: DEFAULT_TENANT,
    domainSuffix: SUFFIX,
    ...(harbor !== undefined && {
      harborEnabled: true,
      harborUrl: harbor.url,
      harborUsername: 'admin',
      harborPassword: password,
      harborCAFile: ca,
    }),
  };
  // JSON is YAML.
  await writeFile(file, JSON.stringify(configuration), { mode: 0o600 });
  return file;
}

function createWorld(
  parts: Pick<TkeWorld, 'kind' | 'context' | 'proxy' | 'front' | 'password'>,
): TkeWorld & { fill(): Promise<void> } {
  const { kind, context, proxy, password } = parts;
  const keys = new Map<TkeUser, string>();
  const host = (tenant: string) => `${tenant}.${SUFFIX}`;
  const directory = (name: string) => context.directory(`tke-${kind}/clients/${name}`);

  async function env(login: TkeUser | 'none' = 'none'): Promise<Record<string, string>> {
    const path = await directory(`auth-${login}`);
    await mkdir(path, { recursive: true, mode: 0o700 });
    const auth = Buffer.from(`${login}:${login === 'none' ? '' : keyOf(login)}`).toString('base64');
    const hosts = login === 'none' ? [] : [host(DEFAULT_TENANT), host(OTHER_TENANT)];
    const config = join(path, 'config.json');
    const auths = Object.fromEntries(hosts.map((name) => [name, { auth }]));
    await writeFile(config, JSON.stringify({ auths }), { mode: 0o600 });
    return {
      HTTP_PROXY: proxy.url,
      http_proxy: proxy.url,
      HTTPS_PROXY: proxy.url,
      DOCKER_CONFIG: path,
      REGISTRY_AUTH_FILE: config,
    };
  }

  function keyOf(user: TkeUser): string {
    const key = user === 'admin' ? password : keys.get(user);
    if (key === undefined) throw new Error(`${user} has no API key`);
    return key;
  }

  async function call(path: string, asked: ApiCall = {}): Promise<Answer> {
    const { as, tenant = tenantOf(as), json, body } = asked;
    const login = `${as}:${as === undefined ? '' : keyOf(as)}`;
    return ask(new URL(path, proxy.url), {
      host: host(tenant),
      method: asked.method ?? 'GET',
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(body !== undefined && { body }),
      headers: {
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(as !== undefined && {
          authorization: `Basic ${Buffer.from(login).toString('base64')}`,
        }),
        ...asked.headers,
      },
    });
  }

  async function get(path: string, asked: ApiCall, status: number): Promise<unknown> {
    const answer = await call(path, asked);
    if (answer.status !== status) {
      throw new Error(`${asked.method ?? 'GET'} ${path}: ${answer.status} ${answer.text}`);
    }
    return answer.json;
  }

  async function withProxy({ login, ...options }: TkeRunOptions): Promise<RunOptions> {
    return { ...options, env: { ...(await env(login)), ...options.env } };
  }

  async function fill(): Promise<void> {
    for (const { name, tenant, role } of members) {
      const json = { username: name, password, email: `${name}@example.test`, realname: name };
      await get('/api/v2.0/users', { method: 'POST', as: 'admin', json }, 201);
      const member = {
        apiVersion: 'registry.tkestack.io/v1',
        kind: 'Member',
        metadata: {},
        spec: { tenantID: tenant, username: name, role },
      };
      await get(`${API}/members`, { method: 'POST', as: 'admin', json: member }, 201);
      const made = await get(
        '/apis/auth.tkestack.io/v1/apikeys/default/password',
        {
          method: 'POST',
          json: {
            tenantID: tenant,
            username: name,
            password: Buffer.from(password).toString('base64'),
            expire: '1h',
            description: 'clients',
          },
        },
        201,
      );
      keys.set(name, textAt(made, 'spec', 'apiKey'));
    }
  }

  return {
    ...parts,
    host,
    directory,
    env,
    call,
    fill,
    key: keyOf,
    api: (path, asked, status) => get(API + path, asked, status),
    run: async (argv, options = {}) => context.run(argv, await withProxy(options)),
    refuse: async (argv, pattern, options = {}) =>
      context.refuse(argv, pattern, await withProxy(options)),
  };
}
