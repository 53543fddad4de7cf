import type { Predicate, Sort } from '../db/index.ts';
import type { JobStatus, JobTrigger, VendorType } from './job.ts';

/** One run of something, made of tasks. */
export interface Execution {
  readonly id: number;
  readonly vendorType: VendorType;
  readonly vendorId: number;
  readonly status: JobStatus;
  readonly statusMessage: string;
  readonly trigger: JobTrigger;
  readonly extraAttrs: Readonly<Record<string, unknown>>;
  readonly startedAt: Date;
  readonly endedAt: Date | undefined;
  readonly taskCounts: Readonly<Record<JobStatus, number>>;
}

/** One unit of work of an execution. */
export interface Task {
  readonly id: number;
  readonly executionId: number;
  /** What the job service knows it by. */
  readonly jobId: string;
  readonly status: JobStatus;
  readonly statusMessage: string;
  readonly runCount: number;
  readonly extraAttrs: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
}

/** Whose executions: those of other kinds, or of another policy, are not there. */
export interface ExecutionScope {
  readonly vendorTypes: readonly VendorType[];
  readonly vendorId: number;
}

/** Predicates and sorts are on the columns of `executionFieldDefinitions`, `taskFieldDefinitions`. */
export interface Listing {
  readonly predicates?: readonly Predicate[] | undefined;
  /** Newest first, unless told. */
  readonly sorts?: readonly Sort[] | undefined;
  readonly offset: number;
  readonly limit: number;
}
