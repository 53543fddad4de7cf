import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StepSkipped } from './client.ts';
import { runCommand } from './command.ts';

const INSTALL_TIMEOUT_MS = 4 * 60_000;

/**
 * A directory of programs in which the pinned requirement (`name==version`) is installed from
 * PyPI; kept in `cache` for the next run.
 *
 * @returns the directory
 * @throws StepSkipped when there is no Python here, or PyPI does not answer
 */
export async function ensureVenv(
  requirement: string,
  { cache, signal }: { readonly cache: string; readonly signal: AbortSignal },
): Promise<string> {
  const directory = join(cache, requirement.replace('==', '-'));
  const ready = join(directory, 'installed');
  if (existsSync(ready)) return join(directory, 'bin');
  // Programs in it name their directory, so it is made in its place; the mark is what counts.
  await rm(directory, { recursive: true, force: true });
  await perform(['python3', '-m', 'venv', directory], signal, 'python3 with venv is not here');
  const pip = [join(directory, 'bin', 'pip'), 'install', '--quiet', requirement];
  await perform(pip, signal, `PyPI gave no ${requirement}`);
  await writeFile(ready, `${requirement}\n`);
  return join(directory, 'bin');
}

async function perform(
  argv: readonly string[],
  signal: AbortSignal,
  otherwise: string,
): Promise<void> {
  // The machine's own environment: proxies, mirrors and certificates stand there.
  const options = { env: process.env, timeoutMs: INSTALL_TIMEOUT_MS, signal };
  const fault = await runCommand(argv, options).then(
    ({ code, stderr }) => (code === 0 ? undefined : lastLine(stderr)),
    (error: unknown) => lastLine(error instanceof Error ? error.message : String(error)),
  );
  if (fault !== undefined) throw new StepSkipped(`${otherwise}: ${fault}`);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
