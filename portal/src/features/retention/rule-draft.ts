import { draftOf, type Selector, type SelectorDraft, selectorOf } from '../../lib/selector.ts';
import { flagOf } from './extras.ts';
import { parameterOf, type RetentionRule } from './policy.ts';

export type Template = RetentionRule['template'];

/** A rule as it is typed. */
export interface RuleDraft {
  readonly template: Template;
  /** '' while nothing is typed. */
  readonly parameter: number | '';
  readonly repositories: SelectorDraft;
  readonly tags: SelectorDraft;
  readonly isUntagged: boolean;
  readonly hasPrereleases: boolean;
}

export function draftOfRule(rule: RetentionRule | undefined): RuleDraft {
  const [tags] = rule?.tag_selectors ?? [];
  const template = rule?.template ?? 'latestPushedK';
  return {
    template,
    parameter: (rule === undefined ? undefined : parameterOf(rule)) ?? standardOf(template),
    repositories: draftOf(rule?.scope_selectors.repository[0]),
    tags: draftOf(tags),
    isUntagged: flagOf(tags?.extras, 'untagged', true),
    hasPrereleases: flagOf(tags?.extras, 'prerelease', false),
  };
}

/** Harbor's numbers, as its server takes them when none is told. */
export function standardOf(template: string): number {
  return template.startsWith('nDays') ? 30 : 10;
}

/** @param before what is not typed stays: its id, whether it is on, further selectors */
export function ruleOf(draft: RuleDraft, before: RetentionRule | undefined): RetentionRule {
  const { template, parameter } = draft;
  return {
    ...(before?.id !== undefined && { id: before.id }),
    ...(before?.priority !== undefined && { priority: before.priority }),
    ...(before?.disabled !== undefined && { disabled: before.disabled }),
    action: 'retain',
    template,
    params: template === 'always' ? {} : { [template]: Number(parameter) },
    tag_selectors: [tagSelectorOf(draft), ...(before?.tag_selectors.slice(1) ?? [])],
    scope_selectors: {
      repository: [
        selectorOf(draft.repositories, 'repositories'),
        ...(before?.scope_selectors.repository.slice(1) ?? []),
      ],
    },
  };
}

function tagSelectorOf({ tags, isUntagged, hasPrereleases, template }: RuleDraft): Selector {
  const extras = {
    untagged: isUntagged,
    ...(template === 'latestSemverK' && hasPrereleases && { prerelease: true }),
  };
  return { ...selectorOf(tags, 'tags'), extras: JSON.stringify(extras) };
}

export function isComplete({ template, parameter, repositories, tags }: RuleDraft): boolean {
  const hasNumber = template === 'always' || (parameter !== '' && parameter >= 0);
  return hasNumber && repositories.text.trim() !== '' && tags.text.trim() !== '';
}

const TEMPLATES: readonly Template[] = [
  'latestPushedK',
  'latestPulledN',
  'nDaysSinceLastPush',
  'nDaysSinceLastPull',
  'always',
  'latestActiveK',
  'lastXDays',
  'latestSemverK',
];

/** Undefined for a name that this page does not know. */
export function findTemplate(name: string): Template | undefined {
  return TEMPLATES.find((template) => template === name);
}
