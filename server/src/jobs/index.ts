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
  type NewTask,
  type Progress,
  type VendorType,
  vendorTypes,
} from './job.ts';
export type { JobChange, OnJobChange } from './job-change.ts';
export {
  createJobMonitor,
  type JobMonitor,
  type JobRecord,
  type RunningJob,
  type Worker,
  type WorkerPool,
} from './job-monitor.repository.ts';
export { createJobQueue } from './job-queue.repository.ts';
export { createJobQueues, type JobQueueState, type JobQueues } from './job-queues.repository.ts';
export { createJobWorker, type JobWorker } from './job-worker.ts';
export { retainedExecutions } from './retained-executions.ts';
export { createSignalFlag, type SignalFlag } from './signal-flag.ts';
