import type { Config } from '../config/index.ts';
import {
  checkStorage,
  createFsckRepository,
  type Finding,
  type FsckReport,
  isSound,
} from '../fsck/index.ts';
import { createIntegrityRepository } from '../integrity/index.ts';
import { AppError } from '../lib/index.ts';
import { openBlobStore } from '../open-blobstore.ts';
import { joinConfiguredDatabase } from '../open-database.ts';
import { createQuotaCheckRepository } from '../quotas/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { createProgress } from './fsck.progress.ts';

export interface FsckFlags {
  readonly repair?: boolean;
  readonly quick?: boolean;
  readonly offline?: boolean;
  readonly json?: boolean;
}

/** `berth fsck`: exit code 1 when something is missing or damaged, also after a repair. */
export async function fsck(config: Config, flags: FsckFlags): Promise<number> {
  await using database = await joinConfiguredDatabase(config, createLogger('warn'));
  const { db } = database;
  const repair = flags.repair ?? false;
  if (repair && database.inUse && !(database.shared && flags.offline)) {
    throw new AppError(
      'precondition',
      database.shared
        ? '--repair needs all replicas stopped; stop them and add --offline'
        : '--repair needs the registry stopped; stop it first',
    );
  }
  const progress = createProgress(process.stderr);
  const say = (text: string) => {
    progress.clear();
    console.log(text);
  };
  const report = await checkStorage(
    {
      rows: createIntegrityRepository(db),
      records: createFsckRepository(db),
      usage: createQuotaCheckRepository(db),
      store: await openBlobStore(config),
    },
    {
      quick: flags.quick ?? false,
      repair,
      onFinding: (finding) => say(flags.json ? JSON.stringify(finding) : describe(finding)),
      onProgress: (what, count) => progress.tell(what, count),
    },
  );
  const sound = isSound(report.findings, repair);
  say(
    flags.json
      ? JSON.stringify({ kind: 'summary', sound, repair, ...report })
      : summarise(report, repair),
  );
  return sound ? 0 : 1;
}

function describe(finding: Finding): string {
  switch (finding.kind) {
    case 'missing':
      return `missing   ${finding.digest} needed by ${neededBy(finding.users)}`;
    case 'damaged':
      return `damaged   ${finding.digest} (${finding.reason}) needed by ${neededBy(finding.users)}`;
    case 'unreadable':
      return `unreadable ${finding.name} (${finding.reason})`;
    case 'orphan':
      return `orphan    ${finding.digest} ${finding.size} bytes, known to no repository`;
    case 'returned':
      return `returned  ${finding.digest} is there again`;
    case 'damaged-manifest':
      return `damaged   manifest ${finding.name}`;
    case 'healed-manifest':
      return `healed    manifest ${finding.name}, from a copy of it`;
    case 'incomplete':
      return `incomplete ${finding.name} needs the missing ${finding.blobs.join(', ')}`;
    case 'dangling':
      return `dangling  ${finding.count} references to blobs without a row`;
    case 'staged':
      return `staged    bytes of the upload ${finding.uploadId}, which is over`;
    case 'quarantined':
      return `quarantined ${finding.digest} ${finding.size} bad bytes, kept to be looked at`;
    case 'miscounted':
      return (
        `quota     project ${finding.project} is said to use ${finding.recorded} bytes and has ` +
        `${finding.actual}; ${finding.unused} are counted for nothing`
      );
  }
}

function neededBy(users: readonly string[]): string {
  return users.length === 0 ? 'nothing' : users.join(', ');
}

function summarise(report: FsckReport, repair: boolean): string {
  const { blobs, artifacts, trash, findings, repaired } = report;
  const counts = Object.entries(findings)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
  const again =
    findings.missing + findings.damaged > 0
      ? '; push missing images again to bring their blobs back'
      : '';
  const advice = repair ? `${repaired} mended${again}` : 'nothing was changed';
  return (
    `checked ${blobs} blobs and ${artifacts} manifests: ${counts}; ` +
    `${trash.blobs} blobs of ${trash.bytes} bytes in the trash; ${advice}`
  );
}
