import type { ProjectPolicy } from '../access/index.ts';
import { projectNotFound } from '../api/index.ts';
import { AppError, followUp } from '../lib/index.ts';
import type { ImmutableRuleRepository, RuleFilter } from './immutable-rule.repository.ts';
import { checkSelectors, type ImmutableRule, type ImmutableRuleDraft } from './immutable-rule.ts';

type Project = Pick<ProjectPolicy, 'id' | 'name'>;

/** The rules of projects. Rules of other projects are not found. */
export interface ImmutableRulesService {
  listRules(
    projectId: number,
    filter: RuleFilter,
    page: { offset: number; limit: number },
  ): Promise<{ rules: ImmutableRule[]; total: number }>;
  /**
   * Gives its id. @throws AppError invalid (a selector, or 100 rules already), conflict: there is
   * one that selects the same
   */
  createRule(project: Project, rule: ImmutableRuleDraft): Promise<number>;
  /**
   * Replaces the rule; but when it is to be switched on or off, nothing else of it changes, as in
   * Harbor.
   *
   * @throws AppError invalid, conflict, not-found
   */
  updateRule(project: Project, id: number, rule: ImmutableRuleDraft): Promise<void>;
  /** @throws AppError not-found */
  deleteRule(project: Project, id: number): Promise<void>;
}

export interface ImmutableRulesPorts {
  readonly rules: ImmutableRuleRepository;
  /** Makes every replica forget what it knows of the project, its rules included. */
  announce(projectName: string): Promise<void>;
}

const MAX_RULES = 100;

export function createImmutableRulesService({
  rules,
  announce,
}: ImmutableRulesPorts): ImmutableRulesService {
  return {
    listRules: (projectId, filter, page) => rules.list(projectId, filter, page),
    async createRule(project, rule) {
      checkSelectors(rule);
      const outcome = await followUp(
        () => rules.create(project.id, rule, MAX_RULES),
        () => announce(project.name),
      );
      switch (outcome) {
        case 'taken':
          throw sameRule();
        case 'full':
          throw new AppError('invalid', `a project has ${MAX_RULES} immutable tag rules at most`);
        case 'no-project':
          throw projectNotFound(project.name);
        default:
          return outcome;
      }
    },
    async updateRule(project, id, rule) {
      const outcome = await followUp(
        () => rules.update(project.id, id, (current) => change(current, rule)),
        () => announce(project.name),
      );
      if (outcome === 'absent') throw ruleNotFound(id);
      if (outcome === 'taken') throw sameRule();
    },
    async deleteRule(project, id) {
      const isFound = await followUp(
        () => rules.delete(project.id, id),
        () => announce(project.name),
      );
      if (!isFound) throw ruleNotFound(id);
    },
  };
}

function change(current: ImmutableRule, wanted: ImmutableRuleDraft): ImmutableRuleDraft {
  const { isDisabled } = wanted;
  if (isDisabled !== current.isDisabled) return { ...current, isDisabled };
  checkSelectors(wanted);
  return wanted;
}

function sameRule(): AppError {
  return new AppError('conflict', 'immutable rule already exists');
}

function ruleNotFound(id: number): AppError {
  return new AppError('not-found', `immutable rule ${id} not found`);
}
