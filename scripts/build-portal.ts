// Builds portal/dist: `npm run portal:build`. What serves does it through run.mjs.
//
//   --if-stale   only if what it is made from has changed
//   --check      the same, and fails when the first load is too large
import { chmodSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';
import { FIRST_LOAD_LIMIT, measureFirstLoad } from './portal-size.ts';
import { isPortalCurrent, portalStamp, STAMP } from './portal-stamp.mjs';

const root = join(import.meta.dirname, '..');
const portal = join(root, 'portal');
const target = join(portal, 'dist');
const COMPRESSIBLE = /\.(?:js|css|svg|json|txt|webmanifest)$/;
/** A smaller file fits into one packet as it is. */
const MIN_BYTES = 1024;
const LEFTOVER_MS = 3_600_000;

// React has another build for developers.
process.env['NODE_ENV'] = 'production';

const { values: options } = parseArgs({
  options: { 'if-stale': { type: 'boolean' }, check: { type: 'boolean' } },
});

const isForced = options['if-stale'] !== true && options.check !== true;
try {
  if (isForced || !isPortalCurrent(root)) await make();
  if (options.check === true || isForced) judgeSize();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function make(): Promise<void> {
  removeLeftovers();
  // Of the sources as they were before: a change meanwhile makes the build stale.
  const stamp = portalStamp(root);
  const directory = await mkdtemp(join(portal, '.dist-'));
  try {
    await build({
      root: portal,
      configFile: join(portal, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: directory, emptyOutDir: true, manifest: true, reportCompressedSize: false },
    });
    await compressAll(directory);
    writeFileSync(join(directory, STAMP), stamp);
    putInPlace(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Once, and as small as it gets: each start only reads. */
async function compressAll(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && COMPRESSIBLE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(join(directory, '.')));
  await Promise.all(files.map(compress));
}

async function compress(file: string): Promise<void> {
  const bytes = await readFile(file);
  if (bytes.length < MIN_BYTES) return;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }));
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
}

/** A directory takes the place of none that has files; two builds may end at once. */
function putInPlace(directory: string): void {
  const former = `${directory}-former`;
  // What mkdtemp makes is for its maker alone; the registry may run as somebody else.
  chmodSync(directory, 0o755);
  for (let attempt = 1; ; attempt += 1) {
    ignore('ENOENT', () => renameSync(target, former));
    rmSync(former, { recursive: true, force: true });
    if (ignore('ENOTEMPTY', () => renameSync(directory, target))) return;
    if (attempt === 5) throw new Error(`${target} cannot be replaced`);
  }
}

/** @returns whether the action succeeded */
function ignore(code: string, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return false;
    throw error;
  }
}

/** Of builds that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(portal)) {
    const path = join(portal, name);
    if (!name.startsWith('.dist-') || Date.now() - statSync(path).mtimeMs < LEFTOVER_MS) continue;
    rmSync(path, { recursive: true, force: true });
  }
}

function judgeSize(): void {
  const size = measureFirstLoad(target);
  const text = `${(size / 1024).toFixed(1)} KB of JavaScript at first, as gzip`;
  console.log(`portal: ${text}; at most ${FIRST_LOAD_LIMIT / 1024}`);
  if (size > FIRST_LOAD_LIMIT) process.exitCode = 1;
}
