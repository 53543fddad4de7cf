export type { Execution, ExecutionScope, Listing, Task } from './execution.ts';
export { presentExecution, presentTask } from './executions.presenter.ts';
export { createExecutions, type Executions } from './executions.repository.ts';
export {
  executionFieldDefinitions,
  executionModel,
  taskFieldDefinitions,
  taskModel,
} from './executions.schema.ts';
export {
  type Job,
  type JobContext,
  JobFailed,
  type JobQueue,
  JobRetry,
  type JobTrigger,
  type NewExecution,
  type VendorType,
} from './job.ts';
export { createJobQueue } from './job-queue.repository.ts';
export { createJobWorker, type JobWorker } from './job-worker.ts';
