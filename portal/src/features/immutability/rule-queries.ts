import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { api, done, many } from '../../lib/api.ts';
import { useProject } from '../../lib/project.ts';
import { type ImmutableRule, MOST_RULES } from './rule.ts';

/** All rules of a project: there are few. */
export function rulesQuery(projectId: number) {
  return queryOptions({
    queryKey: ['immutable-rules', projectId],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/projects/{project_name_or_id}/immutabletagrules', {
          params: {
            path: { project_name_or_id: String(projectId) },
            query: { page_size: MOST_RULES },
          },
          signal,
        }),
      ),
  });
}

const RULE = '/api/v2.0/projects/{project_name_or_id}/immutabletagrules/{immutable_rule_id}';

/** The ways to change the rules; each shows them anew. */
export function useRuleChanges() {
  const { project_id: id } = useProject().project;
  const client = useQueryClient();
  const project = { project_name_or_id: String(id) };
  const show = () => client.invalidateQueries({ queryKey: ['immutable-rules', id] });
  const pathOf = (rule: ImmutableRule) => ({ ...project, immutable_rule_id: rule.id });
  return {
    /** One without an id is new. */
    async put(body: ImmutableRule): Promise<void> {
      await done(
        body.id === 0
          ? api.POST('/api/v2.0/projects/{project_name_or_id}/immutabletagrules', {
              params: { path: project },
              body,
            })
          : api.PUT(RULE, { params: { path: pathOf(body) }, body }),
      );
      await show();
    },
    async remove(rule: ImmutableRule): Promise<void> {
      await done(api.DELETE(RULE, { params: { path: pathOf(rule) } }));
      await show();
    },
  };
}
