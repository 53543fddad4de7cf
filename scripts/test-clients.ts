// Drives real clients against a freshly started Berth: `npm run test:clients`.
//
//   --only a,b         only these clients
//   --against URL      a Berth that runs already; its admin's password in BERTH_ADMIN_PASSWORD
//
// What is missing is installed from Debian (as root) or built with Go, which is kept in
// .berth/tools. A client that cannot be had is named with the reason and counts as skipped.
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Client } from '../conformance/clients/client.ts';
import { type Context, createContext } from '../conformance/clients/context.ts';
import { createAuth, createEnvironment } from '../conformance/clients/environment.ts';
import { clients } from '../conformance/clients/index.ts';
import {
  type RegistryUnderTest,
  startBerth,
  useRegistry,
} from '../conformance/clients/registry.ts';
import {
  type ClientResult,
  printSummary,
  runClient,
  skipClient,
} from '../conformance/clients/runner.ts';
import {
  describeSource,
  ensureBuilt,
  ensureInstalled,
  type Tools,
} from '../conformance/clients/tools.ts';

const sourceRoot = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(sourceRoot, '.berth', 'tools');
/** The whole run stays below 12 minutes; this is what may be spent before the last build ends. */
const BUILD_DEADLINE_MS = 10.5 * 60_000;
const PRIVATE_PROJECT = 'clients-private';
const print = (line: string) => console.log(line);

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, against: { type: 'string' } },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const only = options.only?.split(',');
  const chosen = clients.filter(({ name }) => only?.includes(name) ?? true);
  const unknown = only?.filter((name) => !clients.some((client) => client.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`no such client: ${unknown.join(', ')}`);

  await mkdir(cache, { recursive: true });
  const tools = await ensureInstalled(new Set(chosen.flatMap((client) => client.tools)), cache);

  await using cleanup = new AsyncDisposableStack();
  // podman takes layouts only below lower-case paths, so this is no mkdtemp.
  const root = join(tmpdir(), `berth-clients-${randomBytes(6).toString('hex')}`);
  await mkdir(root);
  cleanup.defer(() => rm(root, { recursive: true, force: true, maxRetries: 3 }));
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interruption.abort());
  }
  const environment = await createEnvironment(join(root, 'client'));
  const registry = await startRegistry(root, environment, cleanup);
  const context = await prepare(root, {
    environment,
    registry,
    tools,
    cleanup,
    signal: interruption.signal,
  });
  const results: ClientResult[] = [];
  for (const client of chosen) {
    if (interruption.signal.aborted) return 130;
    results.push(await judge(client, context, tools));
  }
  if (interruption.signal.aborted) return 130;
  const failed = results.some((result) => result.failed > 0);
  if (failed && registry.log() !== '') print(`\nthe registry's log ends with\n${registry.log()}`);
  printSummary(results, print);
  return failed ? 1 : 0;
}

async function startRegistry(
  root: string,
  environment: Readonly<Record<string, string>>,
  cleanup: AsyncDisposableStack,
): Promise<RegistryUnderTest> {
  if (options.against !== undefined) {
    const password = process.env['BERTH_ADMIN_PASSWORD'];
    if (password === undefined) throw new Error('--against needs BERTH_ADMIN_PASSWORD');
    return useRegistry(options.against, password);
  }
  return startBerth({
    sourceRoot,
    dataDir: join(root, 'data'),
    password: `Aa1${randomBytes(12).toString('hex')}`,
    env: { PATH: environment['PATH'] ?? '', HOME: environment['HOME'] ?? '' },
    cleanup,
  });
}

/** Makes the private project and what all steps share. */
async function prepare(
  root: string,
  parts: {
    readonly environment: Readonly<Record<string, string>>;
    readonly registry: RegistryUnderTest;
    readonly tools: Tools;
    readonly cleanup: AsyncDisposableStack;
    readonly signal: AbortSignal;
  },
): Promise<Context> {
  const { registry } = parts;
  const { username, password: right } = registry;
  const wrong = `Aa1${randomBytes(12).toString('hex')}`;
  const response = await fetch(`${registry.url}/api/v2.0/projects`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${right}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ project_name: PRIVATE_PROJECT, metadata: { public: 'false' } }),
  });
  if (response.status !== 201 && response.status !== 409) {
    throw new Error(`POST /projects: HTTP ${response.status} ${await response.text()}`);
  }
  const auth = await createAuth(root, registry.host, { username, right, wrong });
  return createContext({
    root: join(root, 'client'),
    registry,
    publicProject: 'library',
    privateProject: PRIVATE_PROJECT,
    wrongPassword: wrong,
    env: { ...parts.environment, ...auth.right },
    auth,
    tools: parts.tools.paths,
    cleanup: parts.cleanup,
    signal: parts.signal,
  });
}

async function judge(client: Client, context: Context, tools: Tools): Promise<ClientResult> {
  for (const name of client.tools) {
    const limitMs = BUILD_DEADLINE_MS - performance.now();
    await ensureBuilt(tools, name, { cache, limitMs, signal: context.signal });
    const reason = tools.reasons.get(name);
    if (reason !== undefined) return skipClient(client, context, { reason, print });
  }
  const [tool] = client.tools;
  const version = tool === undefined ? '' : await describeSource(tool, cache);
  return runClient(client, context, { version, print });
}
