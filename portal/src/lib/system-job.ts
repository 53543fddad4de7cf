import type { Answer, Listed } from './api.ts';

/** A run of work of the whole registry, as Harbor's API has it. */
export type SystemRun = Answer<'getGC'>;
export type SystemSchedule = Answer<'getGCSchedule'>;
export type RunParameters = Readonly<Record<string, unknown>>;

/** When it is to run: at once, again and again, or no more by itself. */
export interface RunOrder {
  readonly schedule: {
    readonly type: 'Manual' | 'None' | 'Hourly' | 'Daily' | 'Weekly' | 'Custom';
    readonly cron?: string;
  };
  readonly parameters: Record<string, unknown>;
}

/** Work that administrators start, or have run by itself; garbage collection and log rotation. */
export interface SystemJob {
  /** Names it in addresses and in what is remembered. */
  readonly key: string;
  /** What is told of live when one of its runs has changed. */
  readonly topic: string;
  listRuns(
    query: { readonly page: number; readonly page_size: number },
    signal: AbortSignal,
  ): Promise<Listed<SystemRun>>;
  /** null when it has none. */
  findSchedule(signal: AbortSignal): Promise<SystemSchedule | null>;
  getLog(id: number, signal: AbortSignal): Promise<string>;
  /** @returns the address of the run, if it is to run at once */
  run(order: RunOrder): Promise<string | undefined>;
  setSchedule(order: RunOrder): Promise<void>;
  stop(id: number): Promise<void>;
}

/** Reads what a run was told and has reported; what is no object is empty. */
export function parseParameters(json: string): RunParameters {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** A count or a size that a run has reported; 0 before it has. */
export function numberOf(parameters: RunParameters, name: string): number {
  const value = parameters[name];
  return typeof value === 'number' ? value : 0;
}

/** The id at the end of the address of a run. */
export function parseRunId(location: string | undefined): number | undefined {
  const [, id] = /\/(\d+)$/.exec(location ?? '') ?? [];
  return id === undefined ? undefined : Number(id);
}

export function isUnderWay({ job_status: status }: Pick<SystemRun, 'job_status'>): boolean {
  return status === 'Pending' || status === 'Scheduled' || status === 'Running';
}
