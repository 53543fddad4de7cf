import { writeFile } from 'node:fs/promises';
import { AppError } from '../lib/index.ts';
import { openJournal } from '../tke/migration/journal.ts';
import { runMigration } from '../tke/migration/migration.ts';
import { createPlan } from '../tke/migration/migration-plan.ts';
import type { Inventory, MigrationSource } from '../tke/migration/migration-source.ts';
import type { MigrationCounts } from '../tke/migration/migration-tally.ts';
import { describePlan, describeReport, summarise } from '../tke/migration/migration-text.ts';
import {
  openDestination,
  openSource,
  type SourceKind,
  type SourceOrder,
} from '../tke/migration/open-migration.ts';
import { selectContents } from '../tke/migration/selection.ts';
import { untilStopped } from './backup-parts.ts';
import { findSecretOption, readTextOption } from './secret-option.ts';

export interface TkeMigrateFlags {
  readonly sourceKind: SourceKind;
  readonly sourceUrl: string;
  readonly sourceUsername?: string;
  readonly sourcePasswordFile?: string;
  readonly sourceTokenFile?: string;
  readonly sourceCa?: string;
  readonly sourceSuffix?: string;
  readonly toUrl?: string;
  readonly toUsername?: string;
  readonly toTokenFile?: string;
  readonly toCa?: string;
  readonly toSuffix?: string;
  readonly tenants?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly chartGroups?: readonly string[];
  readonly chartsDirectory?: string;
  readonly chartsUrl?: string;
  readonly visibility: 'Public' | 'Private';
  readonly state: string;
  readonly plan: boolean;
  readonly concurrency: number;
  readonly bytesPerSecond?: number;
  readonly report?: string;
  readonly json: boolean;
}

const SOURCE_SECRET = 'TKE_SOURCE_PASSWORD';
const DESTINATION_SECRET = 'TKE_DESTINATION_TOKEN';
const PROGRESS_EVERY_MS = 2_000;

/** `berth tke migrate`: exit code 1 when anything was missed. */
export async function migrateTke(flags: TkeMigrateFlags): Promise<number> {
  const source = openSource(await sourceOrder(flags));
  try {
    return await untilStopped(async (signal) => {
      await source.value.check(signal);
      const all = await source.value.listContents(signal);
      const contents = selectContents(all, {
        tenants: flags.tenants,
        namespaces: flags.namespaces,
        chartGroups: flags.chartGroups,
      });
      if (flags.plan) return plan(source.value, contents, flags, signal);
      return copy(source.value, contents, flags, signal);
    });
  } finally {
    await source.close();
  }
}

async function sourceOrder(flags: TkeMigrateFlags): Promise<SourceOrder> {
  const { tenants, namespaces, chartGroups } = flags;
  const file = flags.sourcePasswordFile ?? flags.sourceTokenFile;
  return {
    kind: flags.sourceKind,
    endpoint: {
      url: flags.sourceUrl,
      username: flags.sourceUsername,
      secret: await findSecretOption(file, SOURCE_SECRET),
      ca: flags.sourceCa && (await readTextOption(flags.sourceCa)),
      suffix: flags.sourceSuffix,
    },
    selection: { tenants, namespaces, chartGroups },
    chartsDirectory: flags.chartsDirectory,
    chartsUrl: flags.chartsUrl,
    visibility: flags.visibility,
  };
}

async function plan(
  source: MigrationSource,
  contents: Inventory,
  flags: TkeMigrateFlags,
  signal: AbortSignal,
): Promise<number> {
  const made = await createPlan(source, contents, signal);
  console.log(flags.json ? JSON.stringify(made) : describePlan(made));
  if (flags.report !== undefined) await writeReport(flags.report, made);
  return 0;
}

async function copy(
  source: MigrationSource,
  contents: Inventory,
  flags: TkeMigrateFlags,
  signal: AbortSignal,
): Promise<number> {
  if (flags.toUrl === undefined) {
    throw new AppError('invalid', 'without --plan there must be --to-url, where to copy to');
  }
  const destination = openDestination({
    url: flags.toUrl,
    username: flags.toUsername,
    secret: await findSecretOption(flags.toTokenFile, DESTINATION_SECRET),
    ca: flags.toCa && (await readTextOption(flags.toCa)),
    suffix: flags.toSuffix,
  });
  try {
    await destination.value.check(signal);
    const order = { source: source.name, destination: destination.value.name };
    const journal = await openJournal(flags.state, order);
    try {
      const report = await runMigration(
        { source, destination: destination.value, journal, signal, onProgress: createTeller() },
        contents,
        { concurrency: flags.concurrency, bytesPerSecond: flags.bytesPerSecond },
      );
      if (flags.report !== undefined) await writeReport(flags.report, report);
      console.log(flags.json ? JSON.stringify(report) : describeReport(report));
      return report.missed === 0 ? 0 : 1;
    } finally {
      await journal.close();
    }
  } finally {
    await destination.close();
  }
}

function writeReport(file: string, report: object): Promise<void> {
  return writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}

function createTeller(): (counts: MigrationCounts & { readonly missed: number }) => void {
  let saidAt = performance.now();
  return (counts) => {
    const now = performance.now();
    if (now - saidAt < PROGRESS_EVERY_MS) return;
    saidAt = now;
    console.error(`… ${summarise(counts)}; ${counts.missed} missed`);
  };
}
