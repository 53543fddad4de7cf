// Runs a TypeScript entry under a Node that can: `node scripts/run.mjs <file.ts> [arguments]`.
//
// The machine's own Node may be as old as 20, so this file is plain JavaScript and uses nothing
// newer. Missing dependencies are installed first; among them is a current Node from npm.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPortalCurrent } from './portal-stamp.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FLOOR = [24, 15];

/** npm writes node_modules/.package-lock.json last, so it marks a complete installation. */
function installed() {
  const marker = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(marker)) return false;
  return (
    statSync(marker).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs || sameLock()
  );
}

/** A fresh checkout touches the lockfile's time without changing it; compare what it pins. */
function sameLock() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(wanted).every(
    ([path, entry]) =>
      !path.startsWith('node_modules/') ||
      entry.optional ||
      entry.link ||
      present[path]?.version === entry.version,
  );
}

function readPackages(lockfile) {
  return JSON.parse(readFileSync(lockfile, 'utf8')).packages;
}

function install() {
  console.error('berth: installing dependencies from npm (once) …');
  // Not `npm ci`: it refuses a lockfile that lacks the optional packages of other platforms, and
  // not every registry has all of those. What the lockfile pins is installed as pinned, either way.
  const arguments_ = ['install', '--no-save', '--no-progress', '--loglevel=error'];
  const result = spawnSync('npm', arguments_, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0) {
    console.error('berth: `npm install` failed; see its message above. Nothing was started.');
    process.exit(result.status ?? 1);
  }
}

function isCurrent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1]);
}

function findNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin', 'node');
  } catch {
    if (isCurrent(process.versions.node)) return process.execPath;
    console.error(
      `berth: needs Node ${FLOOR.join('.')} or newer; this is ${process.versions.node}, and npm ` +
        `has no Node for ${process.platform}/${process.arch}. Install a newer Node and try again.`,
    );
    return process.exit(1);
  }
}

/** Whether the command line leads to `berth serve`, which is also what it does without a command. */
export function isServing([file = '', ...rest]) {
  if (!file.endsWith('server/src/main.ts')) return false;
  const at = rest.findIndex((word) => word === '-c' || word === '--config');
  const words = at === -1 ? rest : rest.toSpliced(at, 2);
  return words.every((word) => word === 'serve' || word.startsWith('--config='));
}

/** A registry without its portal is better than none, so a build that fails ends nothing. */
function buildPortal(node) {
  if (isPortalCurrent(root)) return;
  console.error('berth: building the portal (once) …');
  const script = join(root, 'scripts', 'build-portal.ts');
  const { status } = spawnSync(node, [script, '--if-stale'], {
    // Standard output is the registry's log.
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status === 0) return;
  const instead = existsSync(join(root, 'portal', 'dist')) ? 'with an older one' : 'without it';
  console.error(
    `berth: the portal was not built; see the message above. The registry starts ${instead}. ` +
      '`npm run portal:build` tries again.',
  );
}

/**
 * Runs `argv` (a file and its arguments) and leaves with its exit code; signals are passed on,
 * so that `npm start` stopped with Ctrl-C stops the registry gracefully.
 */
export function run(argv) {
  if (!installed()) install();
  const node = findNode();
  if (isServing(argv)) buildPortal(node);
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...argv], {
    stdio: 'inherit',
    // fsync, DNS and password hashing share libuv's pool; its default of 4 starves uploads. Each of
    // its threads would have an arena of glibc's malloc to itself, and keep what it freed.
    env: { UV_THREADPOOL_SIZE: '16', MALLOC_ARENA_MAX: '2', ...process.env },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  run(process.argv.slice(2));
}
