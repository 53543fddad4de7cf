import type { GcReport } from './gc-run.ts';

/** Of the garbage this part must be gone. */
export const GONE_GOAL = 0.95;
const MOST_LINES = 40;

/** Whether nothing was lost, and the garbage is gone. */
export function isProven({ violations, garbage }: GcReport): boolean {
  return violations.length === 0 && garbage.gone >= GONE_GOAL;
}

/** A line of figures, and one for each violation. */
export function describeGc(report: GcReport): string {
  const { tally, garbage, violations } = report;
  const left = garbage.left;
  const figures = [
    `gc: ${isProven(report) ? 'ok' : 'FAILED'}`,
    `${violations.length} violations`,
    `${report.acknowledged} acknowledged`,
    `${tally.pushes} pushes (${tally.slow} slow, ${tally.late} too late, ${tally.abandoned} abandoned)`,
    `${tally.duels} deleted meanwhile, ${tally.latecomers} latecomers`,
    `${tally.heads} found, ${tally.mounts} mounted, ${tally.uploads} uploaded`,
    `${tally.deletions} images and ${tally.repositories} repositories deleted`,
    `${tally.copies} copies, ${tally.restores} undeletions tried`,
    `${tally.reads} images pulled`,
    `${tally.runs} manual runs`,
    `${report.kills} kills, ${report.doubts} requests cut`,
    `${report.live} images live, ${report.kept} kept`,
    `${(garbage.gone * 100).toFixed(1)} % of ${megabytes(garbage.made)} garbage gone in ${Math.round(garbage.waitedMs / 1000)} s`,
    `${megabytes(left.bytes)} and ${left.rows} rows too many`,
  ];
  const shown = violations.slice(0, MOST_LINES).map((text) => `  ${text}`);
  const more = violations.length > MOST_LINES ? [`  … ${violations.length - MOST_LINES} more`] : [];
  return [figures.join(', '), `fsck: ${report.fsck.summary}`, ...shown, ...more].join('\n');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
