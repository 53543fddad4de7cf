import type { Config } from '../config/index.ts';
import {
  checkStorage,
  createFsckRepository,
  type Finding,
  type FsckReport,
} from '../fsck/index.ts';
import { AppError } from '../lib/index.ts';
import { openBlobStore } from '../open-blobstore.ts';
import { joinConfiguredDatabase } from '../open-database.ts';
import { createQuotaCheckRepository } from '../quotas/index.ts';
import { createLogger } from '../telemetry/index.ts';

export interface FsckFlags {
  readonly repair?: boolean;
  readonly quick?: boolean;
  readonly offline?: boolean;
}

/** `berth fsck`: exit code 1 when something is missing or damaged, also after a repair. */
export async function fsck(config: Config, flags: FsckFlags): Promise<number> {
  await using database = await joinConfiguredDatabase(config, createLogger('warn'));
  const repair = flags.repair ?? false;
  if (repair && database.inUse && !(database.shared && flags.offline)) {
    throw new AppError(
      'precondition',
      database.shared
        ? '--repair needs all replicas stopped; stop them and add --offline'
        : '--repair needs the registry stopped; stop it first',
    );
  }
  const report = await checkStorage(
    createFsckRepository(database.db),
    createQuotaCheckRepository(database.db),
    await openBlobStore(config),
    {
      quick: flags.quick ?? false,
      repair,
      onFinding: (finding) => console.log(describe(finding)),
      onProgress: (checked) => {
        if (checked % 1000 === 0) console.error(`… ${checked} blobs checked`);
      },
    },
  );
  console.log(summarise(report, repair));
  return isSound(report, repair) ? 0 : 1;
}

/** Orphans do no harm, and a wrong count is mended by `--repair`; what is lost is not. */
function isSound({ findings }: FsckReport, repair: boolean): boolean {
  const lost = findings.missing + findings.damaged + findings['damaged-manifest'];
  return lost === 0 && (repair || findings.miscounted === 0);
}

function describe(finding: Finding): string {
  switch (finding.kind) {
    case 'missing':
      return `missing   ${finding.digest} needed by ${neededBy(finding.users)}`;
    case 'damaged':
      return `damaged   ${finding.digest} (${finding.reason}) needed by ${neededBy(finding.users)}`;
    case 'orphan':
      return `orphan    ${finding.digest} ${finding.size} bytes, known to no repository`;
    case 'returned':
      return `returned  ${finding.digest} is there again`;
    case 'damaged-manifest':
      return `damaged   manifest ${finding.name}`;
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

function summarise({ blobs, artifacts, findings, repaired }: FsckReport, repair: boolean): string {
  const counts = Object.entries(findings)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
  const again =
    findings.missing + findings.damaged > 0
      ? '; push missing images again to bring their blobs back'
      : '';
  const advice = repair ? `${repaired} mended${again}` : 'nothing was changed';
  return `checked ${blobs} blobs and ${artifacts} manifests: ${counts}; ${advice}`;
}
