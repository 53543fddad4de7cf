import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Log } from '../../server/src/telemetry/index.ts';
import {
  ADMIN_PASSWORD,
  basicHeader,
  startTestRegistry,
  type TestRegistryOverrides,
} from '../../server/test/registry.ts';
import { type Answer, type Asked, ask } from './http.ts';
import { openTlsFront, type TlsFront } from './tls-front.ts';

export const SUFFIX = 'registry.example.test';
export const DEFAULT_TENANT = 'default';

/** Which back end plays: ours; or a second Berth as the existing Harbor, with charts kept its two ways. */
export type ProviderKind = 'builtin' | 'harbor' | 'harbor-chartmuseum';

export const providers: readonly ProviderKind[] = ['builtin', 'harbor', 'harbor-chartmuseum'];

export interface TkeCall extends Omit<Asked, 'host'> {
  /** Whose host name is used; the default tenant's unless told. */
  readonly tenant?: string;
  /** Instead of the tenant's. */
  readonly host?: string;
  /** A user made by `createUser`, `admin`, or nobody. */
  readonly as?: string | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
}

/** A registry that serves the TKE view, with whatever stands behind it. */
export interface TkeWorld {
  readonly kind: ProviderKind;
  /** Of the registry, plain HTTP on loopback. */
  readonly url: string;
  /** Where the registry keeps its objects. */
  readonly databaseUrl: string;
  /** The existing Harbor, behind TLS with a private authority and another host name. */
  readonly harbor: OpenedHarbor | undefined;
  call(path: string, call?: TkeCall): Promise<Answer>;
  /** `/apis/registry.tkestack.io/v1` + path. */
  api(path: string, call?: TkeCall): Promise<Answer>;
  /** A user of this registry, and a Member of the tenant when one is given. */
  createUser(
    name: string,
    member?: {
      tenant: string;
      role?: 'admin' | 'member' | 'viewer';
      projects?: readonly { name: string; role: 'owner' | 'member' | 'viewer' }[];
    },
  ): Promise<void>;
  /** Internal project names and hosts that any answer to `call` held, with the request that got it. */
  leaks(): readonly string[];
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Over the fields of tke-registry-config.yaml. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** Over the registry's own settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly log?: Log;
  /** What outlives the world: another one goes on with it. */
  readonly lasting?: Pick<TestRegistryOverrides, 'databaseUrl' | 'dataDir' | 'storage'>;
  /** That stays when the world is closed; a new one unless told. */
  readonly harbor?: OpenedHarbor;
}

export type OpenedHarbor = TlsFront & { readonly direct: string };

export const USER_PASSWORD = 'Tke-password-12345';

/** Names that only the back end may know. */
const INTERNAL = /[a-z0-9](?:[a-z0-9.-]*)-(?:image|chart)-[a-z0-9]/g;

export async function openTkeWorld(
  kind: ProviderKind,
  options: WorldOptions = {},
): Promise<TkeWorld> {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'berth-tke-'));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const harbor = kind === 'builtin' ? undefined : (options.harbor ?? (await openHarbor(cleanup)));
  const file = join(directory, 'tke-registry-config.yaml');
  await writeFile(file, stringify(await configurationOf(kind, directory, harbor, options)));
  const registry = await startTestRegistry({
    ...options.lasting,
    settings: { ...options.settings, tkeConfig: file },
    ...(options.log !== undefined && { log: options.log }),
  });
  cleanup.defer(() => registry.stop());
  const found: string[] = [];
  const secrets =
    harbor === undefined ? [] : [new URL(harbor.url).host, new URL(harbor.direct).host];
  const resources = cleanup.move();

  async function call(path: string, options: TkeCall = {}): Promise<Answer> {
    const { tenant = DEFAULT_TENANT, as, json, ...asked } = options;
    const password = as === 'admin' ? ADMIN_PASSWORD : USER_PASSWORD;
    const answer = await ask(new URL(path, registry.url), {
      ...asked,
      host: options.host ?? `${tenant}.${SUFFIX}`,
      ...(json !== undefined && { body: JSON.stringify(json) }),
      headers: {
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(as !== undefined && { authorization: basicHeader(as, password) }),
        ...asked.headers,
      },
    });
    const sent = typeof asked.body === 'string' ? asked.body : '';
    const said = [path, options.host, sent, JSON.stringify(json ?? '')].join(' ');
    const internal = [...answer.transcript.matchAll(INTERNAL)].map(([name]) => name);
    const leaked = [...internal, ...secrets.filter((host) => answer.transcript.includes(host))];
    for (const what of new Set(leaked)) {
      // What the client said itself is repeated to it.
      if (!said.includes(what)) found.push(`${asked.method ?? 'GET'} ${path}: ${what}`);
    }
    return answer;
  }

  return {
    kind,
    call,
    harbor,
    url: registry.url,
    databaseUrl: registry.config.databaseUrl ?? '',
    api: (path, asked) => call(`/apis/registry.tkestack.io/v1${path}`, asked),
    async createUser(name, member) {
      const made = await call('/api/v2.0/users', {
        method: 'POST',
        as: 'admin',
        json: {
          username: name,
          password: USER_PASSWORD,
          email: `${name}@example.test`,
          realname: name,
        },
      });
      if (made.status !== 201) throw new Error(`user ${name}: ${made.status} ${made.text}`);
      if (member === undefined) return;
      const { tenant, role = 'member', projects = [] } = member;
      const joined = await call('/apis/registry.tkestack.io/v1/members', {
        method: 'POST',
        as: 'admin',
        json: {
          apiVersion: 'registry.tkestack.io/v1',
          kind: 'Member',
          metadata: {},
          spec: { tenantID: tenant, username: name, role, projects },
        },
      });
      if (joined.status !== 201) throw new Error(`member ${name}: ${joined.status} ${joined.text}`);
    },
    leaks: () => found,
    close: () => resources.disposeAsync(),
  };
}

/** A second Berth behind TLS, closed with what it is given to. */
export async function openHarbor(cleanup: AsyncDisposableStack): Promise<OpenedHarbor> {
  const registry = await startTestRegistry();
  cleanup.defer(() => registry.stop());
  const front = await openTlsFront(registry.url);
  cleanup.defer(() => front.close());
  return { ...front, direct: registry.url };
}

async function configurationOf(
  kind: ProviderKind,
  directory: string,
  harbor: OpenedHarbor | undefined,
  { configuration }: WorldOptions,
): Promise<object> {
  const common = {
    apiVersion: 'registry.config.tkestack.io/v1',
    kind: 'RegistryConfiguration',
    defaultTenant: DEFAULT_TENANT,
    domainSuffix: SUFFIX,
  };
  if (harbor === undefined) return { ...common, ...configuration };
  const ca = join(directory, 'harbor-ca.crt');
  await writeFile(ca, harbor.ca);
  return {
    ...common,
    harborEnabled: true,
    harborUrl: harbor.url,
    harborUsername: 'admin',
    harborPassword: ADMIN_PASSWORD,
    harborCAFile: ca,
    harborCharts: kind === 'harbor-chartmuseum' ? 'chartmuseum' : 'oci',
    ...configuration,
  };
}
