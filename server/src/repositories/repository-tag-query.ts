import {
  compileFilter,
  defineFields,
  findCondition,
  integer,
  parseQ,
  parseSort,
  text,
  time,
} from '../api/index.ts';
import { parseLabels } from './artifact-query.ts';
import type { RepositoryTagFilter } from './repository-tag.repository.ts';

const fields = defineFields({
  id: integer('tag.id'),
  name: text('tag.name'),
  version: text('tag.version', { filterable: false }),
  push_time: time('tag.pushed_at'),
  pull_time: time('tag.pulled_at'),
  digest: text('artifact.digest'),
  type: text('artifact.type'),
  size: integer('artifact.total_size'),
});

/** What is asked of the tags of a repository. @throws AppError invalid */
export function parseRepositoryTagQuery(query: {
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly with_tool_tags: boolean;
}): RepositoryTagFilter {
  const conditions = parseQ(query.q);
  return {
    predicates: compileFilter(fields, conditions),
    labelIds: parseLabels(findCondition(conditions, 'labels')),
    toolTags: query.with_tool_tags,
    sorts: parseSort(fields, query.sort, '-push_time,-id'),
  };
}
