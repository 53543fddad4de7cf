import { AppError } from '../lib/index.ts';
import { compileSelector, type SelectorSpec } from '../selectors/index.ts';
import { findTemplate, type TemplateName } from './templates.ts';

/** Keeps what its template says of what its selectors select; all selectors of a list have to. */
export interface RetentionRule {
  /** These two are kept for clients; all rules count alike. */
  readonly id: number;
  readonly priority: number;
  readonly isDisabled: boolean;
  readonly template: TemplateName;
  /** A count or days, as the template has it; its standard unless told. */
  readonly parameter?: number | undefined;
  readonly tags: readonly SelectorSpec[];
  /** For names of repositories below their project. */
  readonly repositories: readonly SelectorSpec[];
}

/** What a policy is to be, but for its schedule. */
export interface RetentionPolicyDraft {
  readonly rules: readonly RetentionRule[];
  /**
   * Whether each tag is kept or deleted by itself. Harbor's way, false, is that an artifact stays
   * with all of its tags when a rule keeps it.
   */
  readonly isPerTag: boolean;
  /** Harbor's word for what starts it. */
  readonly triggerKind: 'Schedule' | '';
}

export interface RetentionPolicy extends RetentionPolicyDraft {
  readonly id: number;
  readonly projectId: number;
  /** Another one after every change of what is kept. */
  readonly revision: number;
}

const MAX_RULES = 15;
const MAX_SELECTORS = 20;

/**
 * Checks what is to be stored.
 *
 * @throws AppError invalid: a rule too many, a parameter or a selector that cannot be; conflict:
 *   the same rule twice
 */
export function checkRules(rules: readonly RetentionRule[]): void {
  if (rules.length > MAX_RULES) {
    throw new AppError('invalid', `only ${MAX_RULES} rules are allowed at most`);
  }
  for (const rule of rules) checkRule(rule);
  const seen = new Map<string, number>();
  for (const [index, { id: _id, ...rule }] of rules.entries()) {
    const text = JSON.stringify(rule);
    const earlier = seen.get(text);
    if (earlier !== undefined) {
      throw new AppError('conflict', `rule ${index} is conflict with rule ${earlier}`);
    }
    seen.set(text, index);
  }
}

function checkRule({ template, parameter, tags, repositories }: RetentionRule): void {
  const { maximum } = findTemplate(template);
  if (parameter !== undefined && maximum !== undefined) {
    const isFine = Number.isInteger(parameter) && parameter >= 0 && parameter <= maximum;
    if (!isFine) {
      throw new AppError('invalid', `${template} must be a whole number from 0 to ${maximum}`);
    }
  }
  checkSelectors('tag_selectors', 'tag', tags);
  checkSelectors('scope_selectors.repository', 'repository', repositories);
}

function checkSelectors(
  name: string,
  target: 'tag' | 'repository',
  selectors: readonly SelectorSpec[],
): void {
  if (selectors.length === 0) throw new AppError('invalid', `${name} has no selector`);
  if (selectors.length > MAX_SELECTORS) {
    throw new AppError('invalid', `${name} has more than ${MAX_SELECTORS} selectors`);
  }
  for (const spec of selectors) {
    if (compileSelector(spec).target === target) continue;
    throw new AppError('invalid', `${name} has a selector that ${spec.decoration}`);
  }
}

/** A rule that is at work in a repository, with its place in the policy, from 1. */
export interface PlacedRule {
  readonly number: number;
  readonly rule: RetentionRule;
}

/** Tells the rules, none of them disabled, that are for a repository by its name in the project. */
export function compileScopes(
  rules: readonly RetentionRule[],
): (repositoryPath: string) => PlacedRule[] {
  const compiled = rules.flatMap((rule, index) =>
    rule.isDisabled
      ? []
      : [{ rule, number: index + 1, selectors: rule.repositories.map(compileSelector) }],
  );
  return (path) =>
    compiled
      .filter(({ selectors }) => selectors.every((selector) => selector.selects(path)))
      .map(({ rule, number }) => ({ rule, number }));
}
