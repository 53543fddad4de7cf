import { z } from 'zod';
import { defineFields, flag, idParam, integer, line, projectParams, time } from '../api/index.ts';

export const ruleParams = projectParams.extend({ immutable_rule_id: idParam });

const MAX_SELECTORS = 20;
const ACTION = 'immutable';
const TEMPLATE = 'immutable_template';

/** Harbor's ImmutableSelector; `extras` say nothing here. */
const selectorRequest = z.strictObject({
  kind: line(64).default(''),
  decoration: line(64).default(''),
  pattern: line(1024).default(''),
  extras: line(1024).nullish(),
});
const selectors = z.array(selectorRequest).max(MAX_SELECTORS);

/** Harbor's ImmutableRule as a request. What is false or zero is left out by clients in Go. */
export const ruleRequest = z.strictObject({
  id: z.int().default(0),
  priority: z.int32().default(0),
  disabled: z.boolean().default(false),
  action: z.enum([ACTION, '']).optional(),
  template: z.enum([TEMPLATE, '']).optional(),
  params: z.unknown().optional(),
  tag_selectors: selectors.nullish(),
  scope_selectors: z.strictObject({ repository: selectors.nullish() }).nullish(),
});

const selectorModel = z.object({
  kind: z.string(),
  decoration: z.string(),
  pattern: z.string().optional(),
});

/** Harbor's ImmutableRule. */
export const ruleModel = z.object({
  id: z.int(),
  priority: z.int().optional(),
  disabled: z.boolean().optional(),
  action: z.literal(ACTION),
  template: z.literal(TEMPLATE),
  tag_selectors: selectorModel.array(),
  scope_selectors: z.object({ repository: selectorModel.array() }),
});

/** What `q` and `sort` of a list of rules may use. */
export const ruleFields = defineFields({
  id: integer('immutable_tag_rule.id'),
  disabled: flag('immutable_tag_rule.disabled'),
  priority: integer('immutable_tag_rule.priority'),
  creation_time: time('immutable_tag_rule.created_at'),
});
