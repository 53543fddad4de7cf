// The lockfile must pin every package by its digest and name no server to download from, and no
// package may run a script of its own when it is installed.
import { readFileSync } from 'node:fs';

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

const lock: { packages: Record<string, LockedPackage> } = JSON.parse(
  readFileSync('package-lock.json', 'utf8'),
);
const faults: string[] = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  if (!path.startsWith('node_modules/') || entry.link) continue;
  if (entry.integrity === undefined) faults.push(`${path} has no integrity`);
  if (entry.resolved !== undefined) faults.push(`${path} names a download address`);
}
if (!/^ignore-scripts=true$/m.test(readFileSync('.npmrc', 'utf8'))) {
  faults.push('.npmrc must say ignore-scripts=true');
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
