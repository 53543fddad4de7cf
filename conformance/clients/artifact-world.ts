import { randomBytes } from 'node:crypto';
import { numberAt, textAt } from './assertion.ts';
import type { Context, RunOptions } from './context.ts';
import { createAuth } from './environment.ts';
import { createGoClient, type GoClient, type Login } from './go-client.ts';
import { createOciRequests, type OciRequests } from './oci-requests.ts';

const PLAIN = '--tls-verify=false';

/** What an addition of an artifact was answered with. */
export interface AdditionAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** Until the last byte was here, in milliseconds. */
  readonly took: number;
}

/** One run's own projects, and the ways to look at what clients have pushed there. */
export interface ArtifactWorld {
  readonly context: Context;
  readonly admin: GoClient;
  /** Private, and made by the first step. */
  readonly project: string;
  /** Another one, for copies. */
  readonly target: string;
  /** Told apart from that of other runs against the same registry. */
  readonly suffix: string;
  /** @param storageLimit in bytes; unlimited unless told */
  createProject(name: string, storageLimit?: number): Promise<void>;
  /** Path in the REST API of a repository, `path` being without its project. */
  repository(path: string, project?: string): string;
  /** GET of an artifact with everything that can be had. */
  getArtifact(path: string, reference: string, project?: string): Promise<unknown>;
  /** GET of all artifacts of a repository, with everything. */
  listArtifacts(path: string, project?: string): Promise<unknown>;
  getAddition(path: string, reference: string, name: string): Promise<AdditionAnswer>;
  /** The sentence of a refusal. @throws Error for another status */
  refusal(request: Parameters<GoClient['send']>[0], status: number): Promise<string>;
  /** Id and usage, in bytes, of a project's quota. */
  getQuota(project: string): Promise<{ readonly id: number; readonly used: number }>;
  /** `host/project/path`, as clients write it. */
  remote(path: string, project?: string): string;
  skopeo(args: readonly string[], options?: RunOptions): Promise<string>;
  /** The same, refused with a sentence. */
  refuseSkopeo(args: readonly string[], sentence: RegExp): Promise<void>;
  regctl(args: readonly string[], options?: RunOptions): Promise<string>;
  /** A robot that may push to and pull from the project, and the environment that logs it in. */
  createRobot(name: string): Promise<{ readonly name: string; readonly env: RunOptions['env'] }>;
  /** What a client without a program here sends. */
  requests(path: string, project?: string): OciRequests;
}

/** All that a request for artifacts can ask for. */
export const everything = {
  with_tag: 'true',
  with_label: 'true',
  with_accessory: 'true',
  with_immutable_status: 'true',
  with_scan_overview: 'true',
  with_sbom_overview: 'true',
} as const;

/** Flags that let skopeo copy a layout here without TLS. */
export function pushArgs(layout: { readonly directory: string }, remote: string): string[] {
  return [
    'copy',
    '--all',
    '--dest-tls-verify=false',
    `oci:${layout.directory}:1`,
    `docker://${remote}`,
  ];
}

export function createArtifactWorld(context: Context, name: string): ArtifactWorld {
  const { registry } = context;
  const suffix = randomBytes(4).toString('hex');
  const project = `${name}-${suffix}`;
  const login: Login = registry;
  const admin = createGoClient({ registry, login, headers: {} });
  const repository = (path: string, of = project) =>
    // Twice, as Harbor's clients do.
    `/projects/${of}/repositories/${encodeURIComponent(encodeURIComponent(path))}`;
  const tools = createTools(context);

  return {
    context,
    admin,
    project,
    target: `${project}-target`,
    suffix,
    repository,
    ...tools,
    remote: (path, of = project) => `${registry.host}/${of}/${path}`,
    requests: (path, of = project) => createOciRequests(registry, `${of}/${path}`),
    async createProject(name, storageLimit = -1) {
      const body = {
        project_name: name,
        metadata: { public: 'false' },
        storage_limit: storageLimit,
      };
      await admin.send({ method: 'POST', path: '/projects', body }, 201);
    },
    async getArtifact(path, reference, of) {
      const request = `${repository(path, of)}/artifacts/${reference}`;
      return (await admin.send({ method: 'GET', path: request, query: everything }, 200)).body;
    },
    async listArtifacts(path, of) {
      const request = `${repository(path, of)}/artifacts`;
      return (await admin.send({ method: 'GET', path: request, query: everything }, 200)).body;
    },
    async getAddition(path, reference, name) {
      const url = `${registry.url}/api/v2.0${repository(path)}/artifacts/${reference}/additions/${name}`;
      const basic = Buffer.from(`${login.username}:${login.password}`).toString('base64');
      const start = performance.now();
      const response = await fetch(url, { headers: { authorization: `Basic ${basic}` } });
      const text = await response.text();
      const contentType = response.headers.get('content-type') ?? '';
      return { status: response.status, contentType, text, took: performance.now() - start };
    },
    async refusal(request, status) {
      const { body } = await admin.send(request, status);
      return textAt(body, 'errors', 0, 'message');
    },
    async getQuota(of) {
      const { body } = await admin.send({ method: 'GET', path: `/projects/${of}` }, 200);
      const query = { reference: 'project', reference_id: numberAt(body, 'project_id') };
      const found = await admin.send({ method: 'GET', path: '/quotas', query }, 200);
      const id = numberAt(found.body, 0, 'id');
      return { id, used: numberAt(found.body, 0, 'used', 'storage') };
    },
    async createRobot(name) {
      const access = ['pull', 'push'].map((action) => ({ resource: 'repository', action }));
      const permissions = [{ kind: 'project', namespace: project, access }];
      const body = { name, level: 'project', duration: 1, permissions };
      const made = (await admin.send({ method: 'POST', path: '/robots', body }, 201)).body;
      const username = textAt(made, 'name');
      const directory = await context.directory(`robot-${suffix}-${name}`);
      const right = textAt(made, 'secret');
      const auth = await createAuth(directory, registry.host, { username, right, wrong: 'x' });
      return { name: username, env: auth.right };
    },
  };
}

function createTools(context: Context): Pick<ArtifactWorld, 'skopeo' | 'refuseSkopeo' | 'regctl'> {
  const { host, username, password } = context.registry;
  let isLoggedIn = false;
  return {
    skopeo: (args, options) => context.run([context.tool('skopeo'), ...args], options),
    refuseSkopeo: (args, sentence) => context.refuse([context.tool('skopeo'), ...args], sentence),
    async regctl(args, options = {}) {
      // It keeps the login and the `http` of a registry in one file.
      const directory = await context.directory('artifacts');
      const env = { ...context.auth.none, REGCTL_CONFIG: `${directory}/regctl.json` };
      const tool = context.tool('regctl');
      if (!isLoggedIn) {
        await context.run([tool, 'registry', 'set', '--skip-check', '--tls', 'disabled', host], {
          env,
        });
        const login = ['registry', 'login', host, '--user', username, '--pass-stdin'];
        await context.run([tool, ...login], { env, input: password });
        isLoggedIn = true;
      }
      return context.run([tool, ...args], { ...options, env });
    },
  };
}

/** The digest that a tag is at, as skopeo sees it. */
export async function inspectDigest(world: ArtifactWorld, reference: string): Promise<string> {
  const argv = ['inspect', PLAIN, '--format', '{{.Digest}}', `docker://${reference}`];
  return world.skopeo(argv);
}

/** What skopeo says of a manifest that is not there. */
export async function assertGone(world: ArtifactWorld, reference: string): Promise<void> {
  const argv = ['inspect', PLAIN, '--raw', `docker://${reference}`];
  await world.refuseSkopeo(argv, /manifest unknown|not found/i);
}
