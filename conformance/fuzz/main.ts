// node scripts/run.mjs conformance/fuzz/main.ts [--cases 5000] [--seed N] [--only PATTERN] [--against URL]
//
// Without --against it starts a registry of its own; with it, the administrator's password is
// taken from BERTH_ADMIN_PASSWORD, and what it makes there begins with "fuzz".
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startBerth, useRegistry } from '../clients/registry.ts';
import { type FuzzReport, runFuzz } from './fuzz.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    against: { type: 'string' },
  },
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<number> {
  await using cleanup = new AsyncDisposableStack();
  const registry = await openTarget(cleanup);
  print(`seed ${values.seed}`);
  const { url, username, password } = registry;
  const report = await runFuzz({
    url,
    administrator: { username, password },
    cases: Number(values.cases),
    seed: values.seed,
    ...(values.only !== undefined && { only: new RegExp(values.only) }),
  });
  printReport(report);
  if (report.violations.length > 0) print(`\nthe registry's log ends with\n${registry.log()}`);
  return report.violations.length === 0 ? 0 : 1;
}

async function openTarget(cleanup: AsyncDisposableStack) {
  if (values.against !== undefined) {
    return useRegistry(values.against, process.env['BERTH_ADMIN_PASSWORD'] ?? '');
  }
  const root = await mkdtemp(join(tmpdir(), 'berth-fuzz-'));
  cleanup.defer(() => rm(root, { recursive: true, force: true, maxRetries: 3 }));
  return startBerth({
    sourceRoot: dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
    dataDir: join(root, 'data'),
    password: `Aa1${randomBytes(12).toString('hex')}`,
    // Webhooks call a port where nobody listens.
    env: { PATH: process.env['PATH'] ?? '', HOME: root, BERTH_EGRESS_NETWORKS: '127.0.0.0/8' },
    cleanup,
  });
}

function printReport(report: FuzzReport): void {
  for (const { case: index, operation, caller, fault, request } of report.violations) {
    print(`FAIL case ${index} ${operation} as ${caller}: ${fault}\n     ${request}`);
  }
  const statuses = [...report.statuses].map(([status, count]) => `${status}×${count}`).join(' ');
  print(`${report.cases} cases over ${report.operations} operations: ${statuses}`);
  print(`never succeeded: ${report.neverSucceeded.join(', ') || 'none'}`);
  print(
    `refused while the body was still being sent, so that no answer was read: ${report.cutOff}`,
  );
  print(`slowest answer ${Math.round(report.slowestMs)} ms`);
  print(`${report.violations.length} violations`);
}

process.exitCode = await main();
