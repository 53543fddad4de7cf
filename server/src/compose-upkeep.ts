import type { composeContent } from './compose-content.ts';
import type { Parts } from './compose-parts.ts';
import type { composeRules } from './compose-rules.ts';
import type { composeTakeover } from './compose-takeover.ts';
import type { composeWork } from './compose-work.ts';
import { collectGarbage } from './gc/index.ts';
import { foldUsage } from './quotas/index.ts';

const FOLD_EVERY_MS = 5_000;
const SCRUB_FIGURES_EVERY_MS = 60_000;

export interface UpkeepParts extends Pick<Parts, 'background' | 'config' | 'log'> {
  readonly content: ReturnType<typeof composeContent>;
  readonly rules: ReturnType<typeof composeRules>;
  readonly work: ReturnType<typeof composeWork>;
  readonly takeover: ReturnType<typeof composeTakeover>;
}

/** Begins what keeps records small and complete beside requests. */
export function startUpkeep(parts: UpkeepParts): void {
  const { background, config, log, content, rules, work, takeover } = parts;
  background.run('take over storage', (signal) => takeover.rebuild.run(signal));
  background.run('describe artifacts', async (signal) => {
    await content.describeOld(signal);
  });
  background.run('system schedules', () => work.ensureSchedules());
  background.repeat('usage', FOLD_EVERY_MS, (signal) => foldUsage(rules.usage, signal));
  background.repeat('scrub figures', SCRUB_FIGURES_EVERY_MS, () => work.refreshScrub());
  if (config.gc.intervalSeconds === 0) return;
  background.repeat('garbage collection', config.gc.intervalSeconds * 1000, (signal) =>
    collectGarbage(work.collector, log, signal),
  );
}
