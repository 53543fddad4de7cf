import { AppError } from '../lib/index.ts';
import type { PolicyRequest } from './retention.schema.ts';
import type { RetentionPolicyText } from './retention-policies.service.ts';
import type { RetentionRule } from './retention-policy.ts';
import { type TemplateName, templateNames } from './templates.ts';

type RuleRequest = NonNullable<PolicyRequest['rules']>[number];
type SelectorRequest = NonNullable<RuleRequest['tag_selectors']>[number];

/**
 * The project that a policy is said to be for.
 *
 * @throws AppError invalid: it is for something else than a project
 */
export function parseScope({ scope }: PolicyRequest): number | undefined {
  const level = scope?.level ?? 'project';
  if (level !== 'project') throw new AppError('invalid', `scope ${level} is not support`);
  return scope?.ref ?? undefined;
}

/** @throws AppError invalid: a word that is none of Harbor's, a parameter or cron of a wrong type */
export function parsePolicy(request: PolicyRequest): RetentionPolicyText {
  const algorithm = request.algorithm ?? 'or';
  if (algorithm !== 'or') throw new AppError('invalid', 'the algorithm of a policy is or');
  return {
    rules: (request.rules ?? []).map(parseRule),
    isPerTag: request.per_tag ?? false,
    ...parseTrigger(request.trigger),
  };
}

function parseTrigger(trigger: PolicyRequest['trigger']) {
  const kind = trigger?.kind ?? 'Schedule';
  if (kind !== 'Schedule' && kind !== '') {
    throw new AppError('invalid', `not support Trigger ${kind}`);
  }
  const cron = trigger?.settings?.cron ?? '';
  if (typeof cron !== 'string') {
    throw new AppError(
      'invalid',
      'invalid cron type for scheduled tag retention: must be a string',
    );
  }
  return { triggerKind: kind, cron: kind === '' ? '' : cron } as const;
}

function parseRule(request: RuleRequest): RetentionRule {
  const action = request.action ?? 'retain';
  if (action !== 'retain') throw new AppError('invalid', 'the action of a rule is retain');
  const template = parseTemplate(request.template ?? '');
  const parameter = parseParameter(template, request.params);
  const { repository, ...others } = request.scope_selectors ?? {};
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new AppError('invalid', `scope_selectors are for the repository, not for ${other}`);
  }
  return {
    id: request.id ?? 0,
    priority: request.priority ?? 0,
    isDisabled: request.disabled ?? false,
    template,
    ...(parameter !== undefined && { parameter }),
    tags: (request.tag_selectors ?? []).map(parseSelector),
    repositories: (repository ?? []).map(parseSelector),
  };
}

function parseTemplate(text: string): TemplateName {
  const template = templateNames.find((name) => name === text);
  if (template !== undefined) return template;
  throw new AppError('invalid', `the template of a rule is one of ${templateNames.join(', ')}`);
}

/** Others than the template's own are left out. */
function parseParameter(template: TemplateName, params: RuleRequest['params']): number | undefined {
  const value = params?.[template];
  if (value === undefined || value === null || template === 'always') return undefined;
  if (typeof value !== 'number') throw new AppError('invalid', `${template} type error`);
  return value;
}

function parseSelector({ kind, decoration, pattern, extras }: SelectorRequest) {
  const isEmpty = extras === undefined || extras === null || extras === '';
  return { kind, decoration, pattern, ...(!isEmpty && { extras }) };
}
