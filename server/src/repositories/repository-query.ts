import {
  compileFilter,
  defineFields,
  integer,
  parseQ,
  parseSort,
  text,
  time,
} from '../api/index.ts';
import type { RepositoryQuery } from './repository-record.repository.ts';

const fields = defineFields({
  repository_id: integer('repository.id', { aliases: ['id'] }),
  name: text('repository.name'),
  project_id: integer('repository.project_id'),
  description: text('repository.description'),
  pull_count: integer('repository.pull_count'),
  creation_time: time('repository.created_at'),
  update_time: time('repository.updated_at'),
});

/** @throws AppError invalid */
export function parseRepositoryQuery(q: string | undefined, sort?: string): RepositoryQuery {
  return {
    predicates: compileFilter(fields, parseQ(q)),
    sorts: parseSort(fields, sort, '-creation_time,-repository_id'),
  };
}
