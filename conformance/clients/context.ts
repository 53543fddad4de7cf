import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandOutput, runCommand } from './command.ts';
import type { RegistryUnderTest } from './registry.ts';
import type { ToolName } from './tool-name.ts';

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** What every step works with: the registry, isolated directories, and commands on record. */
export interface Context {
  readonly registry: RegistryUnderTest;
  /** A public project that exists. */
  readonly publicProject: string;
  /** A private project that exists. */
  readonly privateProject: string;
  /** A wrong password for the registry's user. */
  readonly wrongPassword: string;
  /** Environments with the right credentials, with wrong ones, and with none. */
  readonly auth: Readonly<Record<AuthKind, Readonly<Record<string, string>>>>;
  /** Path of a tool that was found or built. */
  tool(name: ToolName): string;
  /** A directory below the run's temporary directory, made when absent. */
  directory(name: string): Promise<string>;
  /** Runs a command that must succeed. @throws Error with its output otherwise */
  run(argv: readonly string[], options?: RunOptions): Promise<string>;
  /** The same for output that is not text. */
  runRaw(argv: readonly string[], options?: RunOptions): Promise<Buffer>;
  /** Runs a command that must fail, saying `pattern`. @throws Error when it does not */
  refuse(argv: readonly string[], pattern?: RegExp, options?: RunOptions): Promise<void>;
  /** Aborted when the run is interrupted; commands under way are killed then. */
  readonly signal: AbortSignal;
  /** Has `stop` called at the end of the run, however it ends. */
  defer(stop: () => Promise<void>): void;
  /** Commands and their output since the last call. */
  takeTranscript(): string;
}

/** How the clients say that credentials are missing, wrong or too weak. */
export const NO_PERMISSION =
  /unauthori[sz]ed|denied|forbidden|authentication required|invalid username\/password|\b40[13]\b/i;

const TRANSCRIPT_LIMIT = 6_000;

/** What the credential files that clients read by themselves hold. */
export type AuthKind = 'right' | 'wrong' | 'none';

export function createContext(ports: {
  readonly root: string;
  readonly registry: RegistryUnderTest;
  readonly publicProject: string;
  readonly privateProject: string;
  readonly wrongPassword: string;
  /** Holds the right credentials. */
  readonly env: Readonly<Record<string, string>>;
  readonly auth: Context['auth'];
  readonly tools: ReadonlyMap<ToolName, string>;
  readonly cleanup: AsyncDisposableStack;
  readonly signal: AbortSignal;
}): Context {
  const { registry, wrongPassword } = ports;
  const transcript: string[] = [];

  function hide(text: string): string {
    return text.replaceAll(registry.password, '******').replaceAll(wrongPassword, '!!!!!!');
  }

  async function execute(argv: readonly string[], options: RunOptions): Promise<CommandOutput> {
    transcript.push(hide(`$ ${argv.join(' ')}`));
    const output = await runCommand(argv, {
      ...options,
      env: { ...ports.env, ...options.env },
      signal: ports.signal,
    });
    const shown = output.stdout.includes(0) ? '(binary)' : output.stdout.toString();
    for (const text of [shown, output.stderr]) {
      if (text !== '') transcript.push(hide(text.slice(-TRANSCRIPT_LIMIT).trimEnd()));
    }
    if (output.code !== 0) transcript.push(`exit code ${output.code}`);
    return output;
  }

  async function runRaw(argv: readonly string[], options: RunOptions = {}): Promise<Buffer> {
    const output = await execute(argv, options);
    if (output.code !== 0) throw new Error(hide(`failed: ${argv.join(' ')}`));
    return output.stdout;
  }

  return {
    registry,
    publicProject: ports.publicProject,
    privateProject: ports.privateProject,
    wrongPassword,
    auth: ports.auth,
    signal: ports.signal,
    tool(name) {
      const path = ports.tools.get(name);
      if (path === undefined) throw new Error(`${name} is not here`);
      return path;
    },
    async directory(name) {
      const path = join(ports.root, name);
      await mkdir(path, { recursive: true });
      return path;
    },
    runRaw,
    run: async (argv, options) => (await runRaw(argv, options)).toString().trim(),
    async refuse(argv, pattern = NO_PERMISSION, options = {}) {
      const output = await execute(argv, options);
      if (output.code === 0) throw new Error(hide(`should have failed: ${argv.join(' ')}`));
      // Ports and digests hold numbers that a pattern could take for a status.
      const said = `${output.stderr}\n${output.stdout.toString()}`
        .replaceAll(registry.host, '(registry)')
        .replaceAll(/[0-9a-f]{64}/g, '(digest)');
      if (!pattern.test(said)) {
        throw new Error(hide(`failed, but not with ${pattern}: ${argv.join(' ')}`));
      }
    },
    defer: (stop) => ports.cleanup.defer(stop),
    takeTranscript: () => transcript.splice(0).join('\n'),
  };
}
