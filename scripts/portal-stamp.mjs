// Tells whether portal/dist is built from what portal/ has now. Plain JavaScript: run.mjs asks it.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a build depends on. Contents count, not times: a checkout touches those. */
const SOURCES = [
  'package-lock.json',
  'scripts/build-portal.ts',
  'portal/index.html',
  'portal/package.json',
  'portal/tsconfig.json',
  'portal/vite.config.ts',
  'portal/public',
  'portal/src',
  'client/package.json',
  'client/src',
  'oci/src',
];

/** Within the build. */
export const STAMP = '.stamp';

export function portalStamp(root) {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const path of filesOf(root, source)) {
      hash
        .update(`${path}\0`)
        .update(readFileSync(join(root, path)))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

export function isPortalCurrent(root) {
  const file = join(root, 'portal/dist', STAMP);
  return existsSync(file) && readFileSync(file, 'utf8') === portalStamp(root);
}

function filesOf(root, source) {
  const path = join(root, source);
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [source];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !/\.test\.tsx?$/.test(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name }) => filesOf(root, `${source}/${name}`));
}
