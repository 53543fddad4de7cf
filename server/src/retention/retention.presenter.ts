import type { z } from 'zod';
import type { Execution, Task } from '../jobs/index.ts';
import type { SelectorSpec } from '../selectors/index.ts';
import type { executionModel, metadataModel, policyModel, taskModel } from './retention.schema.ts';
import { isDryRun, parseTaskAttributes } from './retention-order.ts';
import type { RetentionPolicyView } from './retention-policies.service.ts';
import type { RetentionRule } from './retention-policy.ts';
import { type Template, templates } from './templates.ts';

/** Harbor's RetentionPolicy, without what is false or zero in a rule. `per_tag` is ours. */
export function presentPolicy(policy: RetentionPolicyView): z.output<typeof policyModel> {
  const { id, projectId, rules, isPerTag, triggerKind, cron, nextAt } = policy;
  return {
    id,
    algorithm: 'or',
    rules: rules.map(presentRule),
    trigger: {
      kind: triggerKind,
      settings: {
        cron,
        ...(nextAt !== undefined && { next_scheduled_time: nextAt.toISOString() }),
      },
    },
    scope: { level: 'project', ref: projectId },
    ...(isPerTag && { per_tag: true }),
  };
}

function presentRule(rule: RetentionRule): z.output<typeof policyModel>['rules'][number] {
  return {
    ...(rule.id !== 0 && { id: rule.id }),
    ...(rule.priority !== 0 && { priority: rule.priority }),
    ...(rule.isDisabled && { disabled: true }),
    action: 'retain',
    ...presentRuleCore(rule),
  };
}

/** What Harbor tells of a rule in events too. */
export function presentRuleCore({ template, parameter, tags, repositories }: RetentionRule) {
  return {
    template,
    params: parameter === undefined ? {} : { [template]: parameter },
    tag_selectors: tags.map(presentSelector),
    scope_selectors: { repository: repositories.map(presentSelector) },
  };
}

function presentSelector({ kind, decoration, pattern, extras }: SelectorSpec) {
  return { kind, decoration, pattern, ...(extras !== undefined && { extras }) };
}

/** Harbor's RetentionExecution. */
export function presentExecution(execution: Execution): z.output<typeof executionModel> {
  return {
    id: execution.id,
    policy_id: execution.vendorId,
    start_time: execution.startedAt.toISOString(),
    ...(execution.endedAt !== undefined && { end_time: execution.endedAt.toISOString() }),
    status: execution.status,
    trigger: execution.trigger,
    dry_run: isDryRun(execution.extraAttrs),
  };
}

const statusCodes = {
  Pending: 0,
  Scheduled: 1,
  Running: 2,
  Stopped: 3,
  Error: 3,
  Success: 3,
} as const satisfies Record<Task['status'], number>;

/** Harbor's RetentionExecutionTask. */
export function presentTask(task: Task): z.output<typeof taskModel> {
  const { repository, total, retained } = parseTaskAttributes(task.extraAttrs);
  return {
    id: task.id,
    execution_id: task.executionId,
    repository,
    job_id: task.jobId,
    status: task.status,
    status_code: statusCodes[task.status],
    ...(task.startedAt !== undefined && { start_time: task.startedAt.toISOString() }),
    ...(task.endedAt !== undefined && { end_time: task.endedAt.toISOString() }),
    total,
    retained,
  };
}

const decorations = {
  repositories: ['repoMatches', 'repoExcludes'],
  tags: ['matches', 'excludes'],
};

/** Harbor's RetentionMetadata: what a UI may offer. Ours come last. */
export function presentMetadata(): z.output<typeof metadataModel> {
  const shown: readonly Template[] = templates;
  const kinds = ['doublestar', 'regex'];
  return {
    templates: shown
      .filter(({ isHidden }) => isHidden !== true)
      .map(({ name, text, unit }) => ({
        rule_template: name,
        display_text: text,
        action: 'retain',
        params: unit === undefined ? [] : [{ type: 'int', unit, required: true }],
      })),
    scope_selectors: kinds.map((kind) => ({
      display_text: 'Repositories',
      kind,
      decorations: decorations.repositories,
    })),
    tag_selectors: [...kinds, 'semver'].map((kind) => ({
      display_text: 'Tags',
      kind,
      decorations: decorations.tags,
    })),
  };
}
