import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runCommand } from './command.ts';
import type { ToolName } from './tool-name.ts';

interface DebianTool {
  readonly kind: 'debian';
  readonly package: string;
}

/** A package that is unpacked beside what this machine has, since it collides with it. */
interface UnpackedTool {
  readonly kind: 'unpacked';
  readonly package: string;
  /** Of the program in the package. */
  readonly path: string;
}

interface GoTool {
  readonly kind: 'go';
  /** Package and pinned version, as `go install` takes it. */
  readonly source: string;
  /**
   * Module of the package, for one that `go install` does not build: it asks for the list of all
   * versions too, which a module proxy may not have.
   */
  readonly module?: string;
}

type Source = DebianTool | UnpackedTool | GoTool;

const sources = {
  skopeo: { kind: 'debian', package: 'skopeo' },
  podman: { kind: 'debian', package: 'podman' },
  buildah: { kind: 'debian', package: 'buildah' },
  umoci: { kind: 'debian', package: 'umoci' },
  containerd: { kind: 'debian', package: 'containerd' },
  'docker-registry': { kind: 'debian', package: 'docker-registry' },
  chromium: { kind: 'debian', package: 'chromium' },
  slapd: { kind: 'debian', package: 'slapd' },
  // Google's own package has the same path.
  kubectl: { kind: 'unpacked', package: 'kubernetes-client', path: 'usr/bin/kubectl' },
  crane: { kind: 'go', source: 'github.com/google/go-containerregistry/cmd/crane@v0.22.1' },
  oras: { kind: 'go', source: 'oras.land/oras/cmd/oras@v1.3.2' },
  regctl: { kind: 'go', source: 'github.com/regclient/regclient/cmd/regctl@v0.11.7' },
  helm: { kind: 'go', source: 'helm.sh/helm/v3/cmd/helm@v3.22.0' },
  'helm-cm-push': {
    kind: 'go',
    source: 'github.com/chartmuseum/helm-push/cmd/helm-cm-push@v0.10.4',
    module: 'github.com/chartmuseum/helm-push',
  },
  cosign: { kind: 'go', source: 'github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5' },
} satisfies Record<ToolName, Source>;

/** A build that takes longer than this is given up. */
const BUILD_TIMEOUT_MS = 8 * 60_000;
const APT_TIMEOUT_MS = 4 * 60_000;

export interface Tools {
  readonly paths: Map<ToolName, string>;
  /** Why a tool could not be had. */
  readonly reasons: Map<ToolName, string>;
}

/**
 * Finds the tools, installing from Debian what is missing and can be installed. Tools that Go
 * builds or that are unpacked are only looked for: `ensureBuilt` makes them.
 */
export async function ensureInstalled(names: Iterable<ToolName>, cache: string): Promise<Tools> {
  const tools: Tools = { paths: new Map(), reasons: new Map() };
  const missing: DebianTool[] = [];
  const wanted = [...names];
  for (const name of wanted) {
    const source: Source = sources[name];
    const path = source.kind === 'debian' ? findOnPath(name) : findBuilt(source, cache, name);
    if (path !== undefined) tools.paths.set(name, path);
    else if (source.kind === 'debian') missing.push(source);
  }
  if (missing.length === 0) return tools;
  const fault = await install(missing.map((source) => source.package));
  for (const name of wanted) {
    if (tools.paths.has(name) || sources[name].kind !== 'debian') continue;
    const path = findOnPath(name);
    if (path === undefined) tools.reasons.set(name, fault ?? 'apt-get installed no such program');
    else tools.paths.set(name, path);
  }
  return tools;
}

/**
 * Builds a tool through the Go module proxy, or unpacks its package, unless it is there already.
 *
 * @param limitMs gives up after this time, or after 8 minutes
 */
export async function ensureBuilt(
  tools: Tools,
  name: ToolName,
  options: {
    readonly cache: string;
    readonly limitMs: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const source: Source = sources[name];
  if (tools.paths.has(name) || source.kind === 'debian') return;
  const timeoutMs = Math.min(options.limitMs, BUILD_TIMEOUT_MS);
  if (timeoutMs < 30_000) {
    tools.reasons.set(name, 'no time left to build it; run again, what is built is kept');
    return;
  }
  const directory = buildDirectory(source, options.cache);
  const run: Run = async (argv, env = {}) => {
    const output = await runCommand(argv, {
      cwd: directory,
      env: { ...process.env, ...env },
      timeoutMs,
      signal: options.signal,
    });
    if (output.code !== 0) throw new Error(`${argv.join(' ')}: ${lastLine(output.stderr)}`);
  };
  try {
    await mkdir(directory, { recursive: true });
    await (source.kind === 'go' ? build(source, directory, run) : unpack(source, directory, run));
  } catch (error) {
    tools.reasons.set(name, lastLine(String(error instanceof Error ? error.message : error)));
    return;
  }
  const path = findBuilt(source, options.cache, name);
  if (path === undefined) tools.reasons.set(name, 'it was made without a program');
  else tools.paths.set(name, path);
}

/** Package or module that a tool comes from, with its version, for the summary. */
export async function describeSource(name: ToolName, cache: string): Promise<string> {
  const source: Source = sources[name];
  if (source.kind === 'go') return source.source;
  if (source.kind === 'unpacked') {
    const files = await readdir(buildDirectory(source, cache));
    return files.find((file) => file.endsWith('.deb'))?.replaceAll('%3a', ':') ?? source.package;
  }
  const query = ['dpkg-query', '--show', '--showformat=${Version}', source.package];
  const version = await runCommand(query, { env: process.env }).then(
    ({ stdout }) => stdout.toString(),
    () => 'of unknown version',
  );
  return `${source.package} ${version}`;
}

async function install(packages: readonly string[]): Promise<string | undefined> {
  if (findOnPath('apt-get') === undefined) return 'not installed, and there is no apt-get here';
  if (process.getuid?.() !== 0) return 'not installed, and only root can install it';
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const get = async (...args: string[]) => {
    const output = await runCommand(['apt-get', ...args], { env, timeoutMs: APT_TIMEOUT_MS });
    return output.code === 0 ? undefined : lastLine(output.stderr);
  };
  const options = ['install', '-y', '--no-install-recommends'];
  try {
    if ((await get(...options, ...packages)) === undefined) return undefined;
    // The package lists may be missing or old.
    await get('update');
    let fault: string | undefined;
    // One by one, so that one that cannot be had does not take the others along.
    for (const name of packages) fault = (await get(...options, name)) ?? fault;
    return fault;
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
}

function findOnPath(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

/** The version is part of the directory of what Go builds, so that another pin is another build. */
function buildDirectory(source: GoTool | UnpackedTool, cache: string): string {
  if (source.kind === 'unpacked') return join(cache, source.package);
  return join(cache, source.source.split('/').at(-1) ?? source.source);
}

function findBuilt(
  source: GoTool | UnpackedTool,
  cache: string,
  name: ToolName,
): string | undefined {
  const file = source.kind === 'unpacked' ? source.path : name;
  const path = join(buildDirectory(source, cache), file);
  return existsSync(path) ? path : undefined;
}

/** In the tool's directory. @throws Error with the command and the last line it said */
type Run = (argv: readonly string[], env?: Readonly<Record<string, string>>) => Promise<void>;

async function build({ source, module }: GoTool, directory: string, run: Run): Promise<void> {
  if (module === undefined) return run(['go', 'install', source], { GOBIN: directory });
  const [path = '', version = ''] = source.split('@');
  const text = `module tool\n\ngo 1.21\n\nrequire ${module} ${version}\n`;
  await writeFile(join(directory, 'go.mod'), text);
  await run(['go', 'build', '-o', directory, path], { GOFLAGS: '-mod=mod' });
}

async function unpack(source: UnpackedTool, directory: string, run: Run): Promise<void> {
  const download = ['apt-get', 'download', source.package];
  // The package lists may be missing or old.
  await run(download).catch(async () => {
    await run(['apt-get', 'update']);
    await run(download);
  });
  const file = (await readdir(directory)).find((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error(`${download.join(' ')}: no package`);
  await run(['dpkg-deb', '--extract', file, '.']);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
