import type { QuotaUsageRepository } from './quota-usage.repository.ts';

/** Projects of one run; those with most to sum up come first, the others next time. */
const MAX_PROJECTS = 200;

/** Sums usage up, where there is something to. For the background, every few seconds. */
export async function foldUsage(
  rows: Pick<QuotaUsageRepository, 'listUnfolded' | 'fold' | 'dropOrphans'>,
  signal?: AbortSignal,
): Promise<void> {
  for (const projectId of await rows.listUnfolded(MAX_PROJECTS)) {
    if (signal?.aborted === true) return;
    await rows.fold(projectId);
  }
  await rows.dropOrphans();
}
