import { vi } from 'vitest';
import type { Answer } from '../registry.ts';
import { expectCreated, fieldOf } from './model.ts';
import type { Caller } from './recorder.ts';

const ENDED = new Set(['Success', 'Error', 'Stopped']);
const LONGEST_MS = 30_000;

/** Asks until the answer is as wanted. Throws the last answer when it takes too long. */
export function awaitAnswer(
  ask: () => Promise<Answer>,
  isWanted: (json: unknown) => boolean,
): Promise<Answer> {
  return vi.waitFor(
    async () => {
      const answer = await ask();
      if (!isWanted(answer.json)) throw new Error(`still ${answer.status} ${answer.text}`);
      return answer;
    },
    { timeout: LONGEST_MS, interval: 100 },
  );
}

/** The paths of a job of the system: `/system/gc` or `/system/purgeaudit`. */
export interface SystemJob {
  /** Starts a run, and gives its id. */
  start(parameters?: object): Promise<number>;
  /** What the history tells of it when it has ended. */
  awaitEnd(id: number): Promise<unknown>;
  run(parameters?: object): Promise<{ id: number; run: unknown; log: string }>;
}

export function systemJob(admin: Caller, path: string): SystemJob {
  const job: SystemJob = {
    async start(parameters = {}) {
      const body = { schedule: { type: 'Manual' }, parameters };
      return expectCreated(await admin('POST', `${path}/schedule`, { body }));
    },
    async awaitEnd(id) {
      const ask = () => admin('GET', `${path}/${id}`);
      const { json } = await awaitAnswer(ask, (now) =>
        ENDED.has(String(fieldOf(now, 'job_status'))),
      );
      return json;
    },
    async run(parameters) {
      const id = await job.start(parameters);
      const run = await job.awaitEnd(id);
      return { id, run, log: (await admin('GET', `${path}/${id}/log`)).text };
    },
  };
  return job;
}

/** The JSON that histories have as a text. */
export function parametersOf(run: unknown): unknown {
  return JSON.parse(String(fieldOf(run, 'job_parameters')));
}

/** The execution of a retention policy when it has ended. */
export async function awaitRetention(admin: Caller, policy: string, id: number): Promise<unknown> {
  const find = (list: unknown) =>
    Array.isArray(list) ? list.find((execution) => fieldOf(execution, 'id') === id) : undefined;
  const { json } = await awaitAnswer(
    () => admin('GET', `${policy}/executions`),
    (list) => ENDED.has(String(fieldOf(find(list), 'status'))),
  );
  return find(json);
}

/** Runs a retention policy to its end. */
export async function runRetention(
  admin: Caller,
  policy: string,
  body: { readonly dry_run: boolean },
): Promise<{ id: number; execution: unknown }> {
  const id = expectCreated(await admin('POST', `${policy}/executions`, { body }));
  return { id, execution: await awaitRetention(admin, policy, id) };
}

const DOUBLESTAR = 'doublestar';

export interface RuleOptions {
  readonly tags?: string;
  readonly repositories?: string;
  /** With its number, `always` unless told. */
  readonly template?: readonly [name: string, count: number];
}

/** A rule as Harbor's portal sends it. */
export function retentionRule({ tags = '**', repositories = '**', template }: RuleOptions = {}) {
  const [name, count] = template ?? ['always', undefined];
  return {
    disabled: false,
    action: 'retain',
    template: name,
    params: count === undefined ? {} : { [name]: count },
    tag_selectors: [
      { kind: DOUBLESTAR, decoration: 'matches', pattern: tags, extras: '{"untagged":false}' },
    ],
    scope_selectors: {
      repository: [{ kind: DOUBLESTAR, decoration: 'repoMatches', pattern: repositories }],
    },
  };
}

/** A policy as Harbor's portal sends it; without a schedule unless told. */
export function retentionPolicy(
  projectId: number,
  rules: readonly object[] = [retentionRule()],
  cron = '',
) {
  return {
    algorithm: 'or',
    rules,
    trigger: { kind: 'Schedule', settings: { cron }, references: {} },
    scope: { level: 'project', ref: projectId },
  };
}
