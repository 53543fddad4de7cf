import { z } from 'zod';
import type { NewTask } from '../jobs/index.ts';
import type { RepositoryPlace } from './candidates.repository.ts';
import type { RetentionPolicy } from './retention-policy.ts';

/** Whose name deletions have in histories and events; Harbor's are its job service's. */
export const RETENTION_OPERATOR = 'retention';

/** Who started an execution, and how. */
export interface RunOrder {
  readonly isDryRun: boolean;
  /** As events name it: a user, or `RETENTION_OPERATOR` for a schedule. */
  readonly operator: string;
  /** Empty for a schedule. */
  readonly requestId: string;
}

const order = z.object({
  repositoryId: z.int(),
  /** Of the policy, when the execution began. */
  revision: z.int(),
  /** When that was, in milliseconds since the epoch: what days are counted back from. */
  at: z.number(),
  isDryRun: z.boolean(),
  operator: z.string(),
  requestId: z.string(),
});

/** What a task keeps. */
export type TaskOrder = z.output<typeof order>;

/** Undefined for what no version of ours has written. */
export function parseOrder(payload: unknown): TaskOrder | undefined {
  return order.safeParse(payload).data;
}

/** Runs on one repository come one after the other; those that only look need not. */
export function retentionTask(
  { revision }: Pick<RetentionPolicy, 'revision'>,
  { id: repositoryId, path }: Pick<RepositoryPlace, 'id' | 'path'>,
  run: RunOrder,
  at: number,
): NewTask {
  return {
    payload: { ...run, repositoryId, revision, at } satisfies TaskOrder,
    ...(!run.isDryRun && { lane: `retention:${repositoryId}` }),
    extraAttrs: { repository: path, dry_run: run.isDryRun, total: 0, retained: 0 },
  };
}

/** What the API shows of an execution. */
export function executionAttributes({ isDryRun, operator }: RunOrder) {
  return { dry_run: isDryRun, operator };
}

const attributes = z.object({
  repository: z.string().catch(''),
  total: z.int().catch(0),
  retained: z.int().catch(0),
  /** By earlier runs of the same task. */
  deleted: z.int().catch(0),
});

export type TaskAttributes = z.output<typeof attributes>;

export function parseTaskAttributes(extraAttrs: unknown): TaskAttributes {
  return attributes.parse(extraAttrs ?? {});
}

export function isDryRun(extraAttrs: Readonly<Record<string, unknown>>): boolean {
  return extraAttrs['dry_run'] === true;
}
