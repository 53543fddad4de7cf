import type { NewExecution } from '../jobs/index.ts';
import type { ScheduledWork, Schedules } from '../schedules/index.ts';
import { newCleanup } from './cleanup.job.ts';
import { newExecutionSweep } from './execution-sweep.job.ts';
import { SYSTEM } from './system-job.ts';

/** Midnight, UTC. */
const DAILY = '0 0 0 * * *';
const vendorTypes = ['EXECUTION_SWEEP', 'SYSTEM_ARTIFACT_CLEANUP'] as const;

/** Has the sweeps run every day, unless they have another schedule. To be called at the start. */
export async function ensureSystemSchedules(
  schedules: Pick<Schedules, 'find' | 'put'>,
): Promise<void> {
  for (const vendorType of vendorTypes) {
    if ((await schedules.find(vendorType, SYSTEM)) !== undefined) continue;
    await schedules.put({
      vendorType,
      vendorId: SYSTEM,
      cronType: 'Custom',
      cron: DAILY,
      parameters: {},
    });
  }
}

/** What the sweeps do when their time comes. */
export const sweepWork: readonly ScheduledWork[] = [
  planned('EXECUTION_SWEEP', () => newExecutionSweep('SCHEDULE')),
  planned('SYSTEM_ARTIFACT_CLEANUP', () => newCleanup('SCHEDULE')),
];

function planned(
  vendorType: (typeof vendorTypes)[number],
  plan: () => NewExecution,
): ScheduledWork {
  return { vendorType, plan: () => Promise.resolve(plan()) };
}
