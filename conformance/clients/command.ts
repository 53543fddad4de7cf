import { spawn } from 'node:child_process';

/** What a finished command said. `code` is null when a signal ended it. */
export interface CommandOutput {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Written to standard input, which is closed after it. */
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Kills the command. */
  readonly signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 120_000;

/**
 * Runs `argv` without a shell and collects all of its output; any exit code is an answer.
 *
 * @throws Error when the program cannot be started or runs longer than `timeoutMs`
 */
export function runCommand(
  argv: readonly string[],
  options: CommandOptions,
): Promise<CommandOutput> {
  const [file, ...args] = argv;
  if (file === undefined) throw new Error('an empty command');
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: options.env,
      cwd: options.cwd,
      stdio: 'pipe',
      killSignal: 'SIGKILL',
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      const said = Buffer.concat(stderr).toString();
      if (late) reject(new Error(`${file} ran longer than ${timeoutMs / 1000} s\n${said}`));
      else resolve({ code, stdout: Buffer.concat(stdout), stderr: said });
    });
  });
}
