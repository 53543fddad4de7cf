import type { VendorType } from './job.ts';

/** Harbor's numbers; those of `DATA_SCRUB` and `SCHEDULER` are ours. */
const retained: Record<VendorType, number> = {
  WEBHOOK: 50,
  SLACK: 50,
  RETENTION: 50,
  GARBAGE_COLLECTION: 50,
  PURGE_AUDIT_LOG: 10,
  EXECUTION_SWEEP: 10,
  SYSTEM_ARTIFACT_CLEANUP: 50,
  DATA_SCRUB: 10,
  REPLICATION: 50,
  IMAGE_SCAN: 1,
  SCAN_ALL: 1,
  P2P_PREHEAT: 50,
  SCHEDULER: 10,
};

/** How many executions of a kind are kept for each vendor id, for `sweepExecutions`. */
export function retainedExecutions(vendorType: VendorType): number {
  return retained[vendorType];
}
