import type { composeContent } from './compose-content.ts';
import type { composeRules } from './compose-rules.ts';
import type { composeWork } from './compose-work.ts';
import type { Settings } from './configuration/index.ts';
import type { Background } from './lib/index.ts';
import { foldUsage } from './quotas/index.ts';

const FOLD_EVERY_MS = 5_000;
const SWEEP_EVERY_MS = 300_000;
const PURGE_EVERY_MS = 3_600_000;
const HOUR_MS = 3_600_000;

export interface UpkeepParts {
  readonly content: ReturnType<typeof composeContent>;
  readonly rules: ReturnType<typeof composeRules>;
  readonly work: ReturnType<typeof composeWork>;
  readonly settings: () => Settings;
}

/** Begins what keeps records small and complete beside requests. */
export function startUpkeep(
  background: Background,
  { content, rules, work, settings }: UpkeepParts,
): void {
  background.run('describe artifacts', async (signal) => {
    await content.describeOld(signal);
  });
  background.repeat('usage', FOLD_EVERY_MS, (signal) => foldUsage(rules.usage, signal));
  background.repeat('execution sweep', SWEEP_EVERY_MS, async () => {
    await work.sweep();
  });
  background.repeat('trash purge', PURGE_EVERY_MS, async () => {
    await content.trash.purge(lastRestorable(settings().undelete_days));
  });
}

/**
 * What was deleted before this moment is gone for good. For an hour everything is kept: a push
 * under way may count on blobs that a deletion just unlinked.
 */
function lastRestorable(days: number): Date {
  return new Date(Date.now() - Math.max(HOUR_MS, days * 24 * HOUR_MS));
}
