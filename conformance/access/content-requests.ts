import { randomHex } from '../data.ts';
import type { Target } from './rest-requests.ts';

type Bodies = Readonly<Record<string, (target: Target) => unknown>>;
type Queries = Readonly<Record<string, (target: Target) => string>>;

/** Refused by every resolver (RFC 6761): nothing is ever sent. */
const NOWHERE = 'http://hooks.invalid/in';

/** A rule that no tag meets. */
export function ruleOrder() {
  const selector = { kind: 'doublestar', pattern: `locked-${randomHex(5)}` };
  return {
    action: 'immutable',
    template: 'immutable_template',
    disabled: false,
    tag_selectors: [{ ...selector, decoration: 'matches' }],
    scope_selectors: {
      repository: [{ ...selector, pattern: '**', decoration: 'repoMatches' }],
    },
  };
}

export function policyOrder() {
  return {
    name: `hook-${randomHex(5)}`,
    enabled: true,
    targets: [{ type: 'http', address: NOWHERE }],
    event_types: ['PUSH_ARTIFACT'],
  };
}

export function labelOrder({ level, projectId }: Pick<Target, 'level' | 'projectId'>) {
  const name = `label-${randomHex(5)}`;
  return level === 'system' ? { name, scope: 'g' } : { name, scope: 'p', project_id: projectId };
}

/** Bodies that get through to the end. */
export const contentBodies: Bodies = {
  updateRepository: () => ({ description: 'of all kinds' }),
  createTag: () => ({ name: `tag-${randomHex(5)}` }),
  restoreTag: ({ objects }) => ({ digest: objects['reference'] }),
  addLabel: ({ objects }) => ({ id: objects['label_id'] }),
  addChartLabel: ({ objects }) => ({ id: objects['label_id'] }),
  CreateImmuRule: ruleOrder,
  UpdateImmuRule: ({ objects }) => ({ ...ruleOrder(), id: objects['immutable_rule_id'] }),
  CreateWebhookPolicyOfProject: policyOrder,
  UpdateWebhookPolicyOfProject: policyOrder,
  CreateLabel: labelOrder,
  UpdateLabel: labelOrder,
};

export const contentQueries: Queries = {
  CopyArtifact: ({ project, objects }) => `?from=${project}/app@${objects['reference']}`,
  ListWebhookJobs: ({ objects }) => `?policy_id=${objects['webhook_policy_id']}`,
  ListLabels: ({ level, projectId }) =>
    level === 'system' ? '?scope=g' : `?scope=p&project_id=${projectId}`,
};
