import type { VendorType } from './job.ts';

/** Rows that have changed: of one execution, of all of a vendor, or the queue of a kind. */
export interface JobChange {
  readonly vendorType: VendorType;
  readonly vendorId?: number | undefined;
  readonly executionId?: number | undefined;
}

/** Is told after the COMMIT, in this process alone. Must not throw. */
export type OnJobChange = (changes: readonly JobChange[]) => void;

export function ignoreChanges(): void {}
