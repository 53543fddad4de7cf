import type { z } from 'zod';
import type { JobTrigger, NewExecution, VendorType } from '../jobs/index.ts';
import type { CronType } from '../schedules/index.ts';

/** What a run is told; JSON. */
export type Parameters = Readonly<Record<string, unknown>>;

/** Work of the whole registry that administrators start, or have run by itself. */
export interface SystemJob<P extends Parameters = Parameters> {
  readonly vendorType: VendorType;
  /** What clients may send; what it does not know is refused. */
  readonly parameters: z.ZodType<P>;
  /** One task, or the log of a run would not tell all of it. */
  plan(parameters: P, trigger: JobTrigger): NewExecution;
}

/** System jobs are for no policy. */
export const SYSTEM = -1;

/** When it is to run: now, again and again, or no more by itself. */
export interface Order {
  readonly type: CronType | 'Manual' | 'None';
  /** Six fields; for the types that are neither `Manual` nor `None`. */
  readonly cron: string;
  /** As the client sent them. */
  readonly parameters: Parameters;
}
