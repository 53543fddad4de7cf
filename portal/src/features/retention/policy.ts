import type { Answer, Body } from '../../lib/api.ts';

export type RetentionPolicy = Answer<'getRetention'>;
export type RetentionRule = RetentionPolicy['rules'][number];
export type RetentionRun = Answer<'listRetentionExecutions'>[number];
export type RetentionTask = Answer<'listRetentionTasks'>[number];

/** As Harbor. */
export const MOST_RULES = 15;

/** What of a policy can be changed; a project may have none yet. */
export interface PolicyDraft {
  readonly rules: readonly RetentionRule[];
  readonly cron: string;
  readonly isPerTag: boolean;
}

export function draftOfPolicy(policy: RetentionPolicy | null): PolicyDraft {
  return {
    rules: policy?.rules ?? [],
    cron: policy?.trigger.settings.cron ?? '',
    isPerTag: policy?.per_tag === true,
  };
}

export function bodyOf(draft: PolicyDraft, projectId: number): Body<'updateRetention'> {
  return {
    algorithm: 'or',
    rules: [...draft.rules],
    trigger: { kind: 'Schedule', settings: { cron: draft.cron } },
    scope: { level: 'project', ref: projectId },
    per_tag: draft.isPerTag,
  };
}

/** The number of a rule's template; undefined where it has none. */
export function parameterOf({ template, params }: RetentionRule): number | undefined {
  return params[template];
}

export function isUnderWay({ status }: { readonly status: string }): boolean {
  return status === 'Pending' || status === 'Scheduled' || status === 'Running';
}

/** Undefined while it goes on. */
export function secondsOf(times: { start_time?: string; end_time?: string }): number | undefined {
  if (times.start_time === undefined || times.end_time === undefined) return undefined;
  return Math.max(0, Date.parse(times.end_time) - Date.parse(times.start_time)) / 1000;
}
