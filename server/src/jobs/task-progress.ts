import type { Progress } from './job.ts';

type Attributes = Readonly<Record<string, unknown>>;

/** What a run told of how far it is, until it is written to the database. */
export interface TaskProgress {
  note(progress: Progress): void;
  /** Whether nothing was told since the last `take`. */
  readonly isEmpty: boolean;
  /** What was told since the last call; undefined when that is nothing. */
  take(): Progress | undefined;
  /** Gives back what could not be written. */
  restore(progress: Progress | undefined): void;
}

export function createTaskProgress(): TaskProgress {
  let waiting: Progress | undefined;
  return {
    get isEmpty() {
      return waiting === undefined;
    },
    note(progress) {
      waiting = mergeProgress(waiting, {
        ...(progress.task !== undefined && { task: storable(progress.task) }),
        ...(progress.execution !== undefined && { execution: storable(progress.execution) }),
      });
    },
    take() {
      const progress = waiting;
      waiting = undefined;
      return progress;
    },
    restore(progress) {
      waiting = mergeProgress(progress, waiting);
    },
  };
}

/** Of keys that both have, the later one counts. */
export function mergeProgress(
  earlier: Progress | undefined,
  later: Progress | undefined,
): Progress | undefined {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  const task = merge(earlier.task, later.task);
  const execution = merge(earlier.execution, later.execution);
  return { ...(task && { task }), ...(execution && { execution }) };
}

function merge(
  earlier: Attributes | undefined,
  later: Attributes | undefined,
): Attributes | undefined {
  return earlier === undefined || later === undefined
    ? (later ?? earlier)
    : { ...earlier, ...later };
}

/**
 * As it is now, whatever the job does with its object later; and without what jsonb cannot hold,
 * since that would fail the heartbeats of all tasks of the process.
 *
 * @throws TypeError no JSON
 */
function storable(attributes: Attributes): Attributes {
  const text = JSON.stringify(attributes, (_key, value: unknown) => {
    if (typeof value === 'string') return cleanText(value);
    return isPlain(value) ? cleanKeys(value) : value;
  });
  const copy: unknown = JSON.parse(text);
  return isPlain(copy) ? copy : {};
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cleanKeys(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [cleanText(key), own]));
}

function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}
