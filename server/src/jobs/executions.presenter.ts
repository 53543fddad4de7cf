import type { Execution, Task } from './execution.ts';

/** Harbor's Execution. */
export function presentExecution(execution: Execution): object {
  const { taskCounts } = execution;
  return {
    id: execution.id,
    vendor_type: execution.vendorType,
    vendor_id: execution.vendorId,
    status: execution.status,
    status_message: execution.statusMessage,
    metrics: {
      task_count: Object.values(taskCounts).reduce((sum, count) => sum + count, 0),
      success_task_count: taskCounts.Success,
      error_task_count: taskCounts.Error,
      pending_task_count: taskCounts.Pending,
      running_task_count: taskCounts.Running,
      scheduled_task_count: taskCounts.Scheduled,
      stopped_task_count: taskCounts.Stopped,
    },
    trigger: execution.trigger,
    extra_attrs: execution.extraAttrs,
    start_time: execution.startedAt.toISOString(),
    ...(execution.endedAt !== undefined && { end_time: execution.endedAt.toISOString() }),
  };
}

/** Harbor's Task. */
export function presentTask(task: Task): object {
  return {
    id: task.id,
    execution_id: task.executionId,
    status: task.status,
    status_message: task.statusMessage,
    run_count: task.runCount,
    extra_attrs: task.extraAttrs,
    creation_time: task.createdAt.toISOString(),
    update_time: task.updatedAt.toISOString(),
    ...(task.startedAt !== undefined && { start_time: task.startedAt.toISOString() }),
    ...(task.endedAt !== undefined && { end_time: task.endedAt.toISOString() }),
  };
}
