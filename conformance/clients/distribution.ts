import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEqual, getJsonText } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context } from './context.ts';
import { assertSameImage, type Layout, writeImageLayout } from './layout.ts';
import { findFreePort, stopProcess, waitUntilReady } from './registry.ts';

const SERVICE = 'harbor-registry';
const ISSUER = 'harbor-token-issuer';

/**
 * Debian's docker-registry with our token service in front of it, as Harbor sets it up: what we
 * sign is judged by distribution's own code, and by our certificates alone.
 */
export const distribution: Client = {
  name: 'docker-registry',
  tools: ['docker-registry', 'skopeo'],
  createSteps,
};

function createSteps(context: Context): Step[] {
  const repository = `${context.publicProject}/h3`;
  let daemon: ChildProcess | undefined;
  let host = '';
  let layout: Layout;
  let token = '';

  async function copyArgs(kind: 'push' | 'pull'): Promise<string[]> {
    const skopeo = [context.tool('skopeo'), 'copy'];
    const remote = `docker://${host}/${repository}:1`;
    if (kind === 'push') {
      return [...skopeo, '--dest-tls-verify=false', `oci:${layout.directory}:1`, remote];
    }
    const target = `oci:${await context.directory('h3/pulled')}:1`;
    return [...skopeo, '--src-tls-verify=false', remote, target];
  }
  async function auth(kind: 'right' | 'wrong'): Promise<Record<string, string>> {
    const { username, password } = context.registry;
    const text = `${username}:${kind === 'right' ? password : context.wrongPassword}`;
    const file = join(await context.directory('h3'), `${kind}.json`);
    const auths = { [host]: { auth: Buffer.from(text).toString('base64') } };
    await writeFile(file, JSON.stringify({ auths }), { mode: 0o600 });
    return { REGISTRY_AUTH_FILE: file };
  }
  async function listTags(bearer: string): Promise<number> {
    const headers = { authorization: `Bearer ${bearer}` };
    const response = await fetch(`http://${host}/v2/${repository}/tags/list`, { headers });
    await response.body?.cancel();
    return response.status;
  }

  return [
    {
      name: 'it starts with the certificates of GET /service/token/certificates',
      async run() {
        const port = await findFreePort();
        host = `127.0.0.1:${port}`;
        daemon = await startDistribution(context, port);
      },
    },
    {
      name: 'push and pull with our tokens, byte for byte',
      async run() {
        layout = await writeImageLayout(await context.directory('h3/image'));
        const env = await auth('right');
        await context.run(await copyArgs('push'), { env });
        await context.run(await copyArgs('pull'), { env });
        const pulled = await context.directory('h3/pulled');
        await assertSameImage(layout.directory, pulled, layout.digest);
      },
    },
    {
      name: 'a wrong password is refused',
      run: async () =>
        context.refuse(await copyArgs('push'), undefined, { env: await auth('wrong') }),
    },
    {
      name: 'without credentials pull works, since the project is public, and push is refused',
      async run() {
        await context.run(await copyArgs('pull'), { env: context.auth.none });
        await context.refuse(await copyArgs('push'), undefined, { env: context.auth.none });
      },
    },
    {
      name: 'our token opens it by hand too',
      async run() {
        token = await requestToken(context, `repository:${repository}:pull`);
        assertEqual(await listTags(token), 200, 'status');
      },
    },
    {
      name: 'the same token signed by another key is refused',
      async run() {
        assertEqual(await listTags(signAgain(token)), 401, 'status');
      },
    },
    {
      name: 'a token for another repository is refused',
      async run() {
        const other = await requestToken(context, `repository:${repository}-other:pull`);
        assertEqual(await listTags(other), 401, 'status');
      },
    },
    {
      name: 'Berth refuses the token of the other key as well',
      async run() {
        const url = `${context.registry.url}/v2/${context.publicProject}/h3/tags/list`;
        const headers = { authorization: `Bearer ${signAgain(token)}` };
        const response = await fetch(url, { headers });
        await response.body?.cancel();
        assertEqual(response.status, 401, 'status');
      },
    },
    {
      name: 'it stops',
      async run() {
        if (daemon !== undefined) await stopProcess(daemon, 10_000);
      },
    },
  ];
}

async function requestToken(context: Context, scope: string): Promise<string> {
  const { url, username, password } = context.registry;
  const query = new URLSearchParams({ service: SERVICE, scope });
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(`${url}/service/token?${query.toString()}`, {
    headers: { authorization },
  });
  return getJsonText(await response.text(), ['token']);
}

/** Keeps header (and so the key's id) and claims, and signs them with a key made here. */
function signAgain(token: string): string {
  const [header, claims] = token.split('.');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const content = `${header}.${claims}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
}

async function startDistribution(context: Context, port: number): Promise<ChildProcess> {
  const root = await context.directory('h3');
  const response = await fetch(`${context.registry.url}/service/token/certificates`);
  if (response.status !== 200) throw new Error(`certificates: HTTP ${response.status}`);
  const bundle = join(root, 'certificates.pem');
  await writeFile(bundle, await response.text());
  const config = {
    version: '0.1',
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(root, 'data') } },
    http: { addr: `127.0.0.1:${port}`, secret: 'h3' },
    auth: {
      token: {
        realm: `${context.registry.url}/service/token`,
        service: SERVICE,
        issuer: ISSUER,
        rootcertbundle: bundle,
      },
    },
  };
  // JSON is YAML.
  const file = join(root, 'config.yml');
  await writeFile(file, JSON.stringify(config));
  const child = spawn(context.tool('docker-registry'), ['serve', file], {
    env: { PATH: process.env['PATH'], HOME: root, OTEL_TRACES_EXPORTER: 'none' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  context.defer(async () => void (await stopProcess(child, 10_000)));
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4_000);
  });
  try {
    await waitUntilReady(child, `http://127.0.0.1:${port}/`);
  } catch (error) {
    await stopProcess(child, 5_000);
    throw new Error(`docker-registry did not start: ${log}`, { cause: error });
  }
  return child;
}
