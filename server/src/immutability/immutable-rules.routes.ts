import type { z } from 'zod';
import {
  type ApiReply,
  type ApiRoute,
  type Call,
  compileFilter,
  created,
  defineRoute,
  listed,
  listQuery,
  ok,
  pageRange,
  parseQ,
  parseSort,
  project,
  projectParams,
} from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import { presentRule } from './immutable-rule.presenter.ts';
import type { ImmutableRuleDraft, RuleSelector } from './immutable-rule.ts';
import { ruleFields, ruleModel, ruleParams, ruleRequest } from './immutable-rules.schema.ts';
import type { ImmutableRulesService } from './immutable-rules.service.ts';

const PATH = '/projects/{project_name_or_id}/immutabletagrules';
const tag = 'immutable';
const STANDARD_ORDER = 'id';

/** Harbor's `/projects/{p}/immutabletagrules` (its §1.14). */
export function immutableRulesRoutes(rules: ImmutableRulesService): ApiRoute[] {
  return [...collectionRoutes(rules), ...singleRuleRoutes(rules)];
}

function collectionRoutes(rules: ImmutableRulesService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      operationId: 'ListImmuRules',
      tag,
      summary: 'List the immutable tag rules of a project',
      can: project('immutable-tag', 'list'),
      params: projectParams,
      query: listQuery,
      responses: { 200: ruleModel.array() },
      async handle({ project, query }) {
        const filter = {
          predicates: compileFilter(ruleFields, parseQ(query.q)),
          sorts: parseSort(ruleFields, query.sort, STANDARD_ORDER),
        };
        const found = await rules.listRules(project.id, filter, pageRange(query));
        return listed(found.rules.map(presentRule), found.total);
      },
    }),
    defineRoute({
      method: 'POST',
      path: PATH,
      operationId: 'CreateImmuRule',
      tag,
      summary: 'Add an immutable tag rule to a project',
      can: project('immutable-tag', 'create'),
      params: projectParams,
      body: ruleRequest,
      responses: { 201: null },
      audit: auditOf('create'),
      async handle({ project, body, path }) {
        return created(`${path}/${await rules.createRule(project, draftOf(body))}`);
      },
    }),
  ];
}

function singleRuleRoutes(rules: ImmutableRulesService): ApiRoute[] {
  return [
    defineRoute({
      method: 'PUT',
      path: `${PATH}/{immutable_rule_id}`,
      operationId: 'UpdateImmuRule',
      tag,
      summary: 'Replace an immutable tag rule, or switch it on or off',
      can: project('immutable-tag', 'update'),
      params: ruleParams,
      body: ruleRequest,
      responses: { 200: null },
      audit: auditOf('update'),
      async handle({ project, params, body }) {
        if (body.id !== params.immutable_rule_id) {
          throw new AppError(
            'invalid',
            "the immutable_rule_id doesn't match the id in the payload body of ImmutableRule",
          );
        }
        await rules.updateRule(project, body.id, draftOf(body));
        return ok();
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: `${PATH}/{immutable_rule_id}`,
      operationId: 'DeleteImmuRule',
      tag,
      summary: 'Delete an immutable tag rule',
      can: project('immutable-tag', 'delete'),
      params: ruleParams,
      responses: { 200: null },
      audit: auditOf('delete'),
      async handle({ project, params }) {
        await rules.deleteRule(project, params.immutable_rule_id);
        return ok();
      },
    }),
  ];
}

/** Rules have no names: the log has their path. */
function auditOf(operation: string) {
  return {
    operation,
    resourceType: 'immutable-tag',
    resource: ({ path }: Pick<Call, 'path'>, reply: ApiReply | undefined) =>
      String(reply?.headers?.['location'] ?? path),
  };
}

function draftOf(body: z.output<typeof ruleRequest>): ImmutableRuleDraft {
  return {
    priority: body.priority,
    isDisabled: body.disabled,
    tags: (body.tag_selectors ?? []).map(selectorOf),
    repositories: (body.scope_selectors?.repository ?? []).map(selectorOf),
  };
}

function selectorOf({ kind, decoration, pattern }: RuleSelector): RuleSelector {
  return { kind, decoration, pattern };
}
