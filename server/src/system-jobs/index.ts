export type { Cleanup } from './cleanup.job.ts';
export {
  createSystemJobs,
  type SystemJobs,
  type SystemJobsPorts,
} from './create-system-jobs.ts';
