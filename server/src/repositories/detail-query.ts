import {
  compileFilter,
  defineFields,
  type Fields,
  integer,
  parseQ,
  parseSort,
  text,
  time,
} from '../api/index.ts';
import type { DetailFilter } from './artifact-detail.repository.ts';

const tagFields = defineFields({
  id: integer('tag.id'),
  repository_id: integer('tag.repository_id'),
  artifact_id: integer('tag.artifact_id'),
  name: text('tag.name'),
  push_time: time('tag.pushed_at'),
  pull_time: time('tag.pulled_at'),
});

const accessoryFields = defineFields({
  id: integer('artifact.id', { aliases: ['artifact_id'] }),
  digest: text('artifact.digest'),
  type: text('artifact.accessory_type'),
  size: integer('artifact.total_size'),
  creation_time: time('artifact.pushed_at'),
  subject_artifact_id: integer('subject.id'),
  subject_artifact_digest: text('subject.digest'),
  subject_artifact_repo: text('repository.name'),
});

interface DetailQuery {
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
}

/** What is asked of the tags of an artifact. @throws AppError invalid */
export function parseTagQuery(query: DetailQuery): DetailFilter {
  return parse(tagFields, query, '-push_time,-id');
}

/** What is asked of the accessories of an artifact. @throws AppError invalid */
export function parseAccessoryQuery(query: DetailQuery): DetailFilter {
  return parse(accessoryFields, query, 'id');
}

function parse(fields: Fields, { q, sort }: DetailQuery, standard: string): DetailFilter {
  return {
    predicates: compileFilter(fields, parseQ(q)),
    sorts: parseSort(fields, sort, standard),
  };
}
