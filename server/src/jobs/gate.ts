import type { Outcome } from './claimed-task.ts';

/** Keeps the tasks of a group back while what they talk to is down. Without one it is open. */
export interface Gate {
  /** One after the other. */
  readonly failures: number;
  /** The one task that tries whether things are well again. */
  readonly probeTaskId: number | undefined;
  /** When the next one may try, in milliseconds from now; undefined leaves what was said. */
  readonly reopensInMs: number | undefined;
}

/**
 * The gate after one task of the group ended; undefined is open. Tasks that ran beside the one that
 * failed first, or beside the probe, change nothing: they tell of the same outage.
 */
export function passGate(
  gate: Gate | undefined,
  taskId: number,
  outcome: Outcome,
  pauseMs: (failures: number) => number,
): Gate | undefined {
  const isOutage = tellsOutage(outcome);
  if (gate === undefined) return isOutage ? close(0, pauseMs) : undefined;
  if (gate.probeTaskId !== taskId) return gate;
  if (outcome.kind === 'succeeded') return undefined;
  if (isOutage) return close(gate.failures, pauseMs);
  // The probe told nothing: the next one tries.
  return { failures: gate.failures, probeTaskId: undefined, reopensInMs: 0 };
}

function close(before: number, pauseMs: (failures: number) => number): Gate {
  const failures = before + 1;
  return { failures, probeTaskId: undefined, reopensInMs: pauseMs(failures) };
}

/** Whether what the task talks to may be down. */
export function tellsOutage(outcome: Outcome): boolean {
  return outcome.kind === 'retried' || (outcome.kind === 'failed' && outcome.isOutage);
}
