import type { MigrationReport } from './migration.ts';
import type { MigrationPlan } from './migration-plan.ts';
import type { MigrationCounts } from './migration-tally.ts';

/** A plan for people. */
export function describePlan({ source, tenants, notes }: MigrationPlan): string {
  const lines = tenants.map((plan) => {
    const size = plan.bytes === undefined ? '' : ` of ${plan.bytes} bytes`;
    const untagged = plan.untagged === 0 ? '' : ` and ${plan.untagged} untagged manifests`;
    return (
      `${plan.tenant}: ${plan.namespaces} namespaces, ${plan.repositories} repositories with ` +
      `${plan.tags} tags${untagged}${size}; ${plan.chartGroups} chart groups with ${plan.charts} charts`
    );
  });
  return [
    `would copy from ${source}:`,
    ...(lines.length === 0 ? ['nothing'] : lines),
    ...notes.map((note) => `note      ${note}`),
  ].join('\n');
}

/** A report for people: the misses first, the verdict last. */
export function describeReport(report: MigrationReport): string {
  const { misses, missed, notes, verified, copied, seconds } = report;
  const lines = misses.map(({ item, reason }) => `missed    ${item}: ${reason}`);
  if (missed > misses.length) lines.push(`… and ${missed - misses.length} more were missed`);
  for (const note of notes) lines.push(`note      ${note}`);
  lines.push(
    `${summarise(copied)}, in ${seconds} s`,
    `verified ${verified.tags} tags, ${verified.manifests} manifests, ${verified.blobs} blobs ` +
      `and ${verified.charts} charts; ${missed} missed`,
  );
  return lines.join('\n');
}

/** One line of what was done so far. */
export function summarise(counts: MigrationCounts): string {
  const { namespaces, chartGroups, manifests, tags, blobs, bytes, mounted, charts, present } =
    counts;
  return (
    `copied ${manifests} manifests, ${tags} tags, ${blobs} blobs of ${bytes} bytes ` +
    `(${mounted} mounted), ${charts} charts; made ${namespaces} namespaces and ` +
    `${chartGroups} chart groups; ${present} were there`
  );
}
