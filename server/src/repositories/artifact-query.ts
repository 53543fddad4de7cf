import {
  type Condition,
  compileFilter,
  defineFields,
  type Fields,
  findCondition,
  integer,
  parseQ,
  parseSort,
  text,
  time,
} from '../api/index.ts';
import type { Predicate, Sort } from '../db/index.ts';
import { AppError } from '../lib/index.ts';

export type TagCondition =
  | { readonly kind: 'tagged' }
  | { readonly kind: 'untagged' }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'containing'; readonly part: string };

/** Which artifacts of a repository, or of a project, are asked for; accessories never are. */
export interface ArtifactFilter {
  /** Also those that are only there as part of an index. */
  readonly includesParts: boolean;
  /** On columns of `artifact`, and in a project of its `repository`. */
  readonly predicates: readonly Predicate[];
  readonly tag: TagCondition | undefined;
  /** All of them are on the artifact. */
  readonly labelIds: readonly number[];
  /** On the text of `extra_attrs`. */
  readonly extraAttrs: { readonly op: 'equals' | 'contains'; readonly value: string } | undefined;
}

export interface ArtifactQuery {
  readonly filter: ArtifactFilter;
  /** The last one is of the unique column. */
  readonly sorts: readonly Sort[];
  /** Keys of `q` that name a column, as asked. */
  readonly keys: ReadonlySet<string>;
}

const columns = {
  id: integer('artifact.id'),
  digest: text('artifact.digest'),
  type: text('artifact.type'),
  media_type: text('artifact.config_media_type'),
  manifest_media_type: text('artifact.media_type'),
  artifact_type: text('artifact.artifact_type'),
  size: integer('artifact.total_size'),
  push_time: time('artifact.pushed_at'),
  pull_time: time('artifact.pulled_at'),
  repository_id: integer('artifact.repository_id'),
  project_id: integer('artifact.project_id'),
};

const fieldsInRepository = defineFields(columns);
const fieldsInProject = defineFields({ ...columns, repository_name: text('repository.name') });

const STANDARD_ORDER = '-push_time,-id';

/** What is asked of one repository. @throws AppError invalid */
export function parseArtifactQuery(q: string | undefined, sort?: string): ArtifactQuery {
  return parse(fieldsInRepository, q, sort);
}

/** The same of a project, where the repository's name counts too. @throws AppError invalid */
export function parseProjectArtifactQuery(q: string | undefined, sort?: string): ArtifactQuery {
  return parse(fieldsInProject, q, sort);
}

function parse(fields: Fields, q: string | undefined, sort: string | undefined): ArtifactQuery {
  const conditions = parseQ(q);
  return {
    filter: {
      includesParts: parseBase(findCondition(conditions, 'base')),
      predicates: compileFilter(fields, conditions),
      tag: parseTags(findCondition(conditions, 'tags')),
      labelIds: parseLabels(findCondition(conditions, 'labels')),
      extraAttrs: parseExtraAttrs(findCondition(conditions, 'extra_attrs')),
    },
    sorts: parseSort(fields, sort, STANDARD_ORDER),
    keys: new Set(conditions.map(({ field }) => field)),
  };
}

function parseBase(condition: Condition | undefined): boolean {
  if (condition === undefined) return false;
  if (condition.op === 'equals' && condition.value === '*') return true;
  throw new AppError('invalid', 'the value of "base" query can only be exact match value with "*"');
}

function parseTags(condition: Condition | undefined): TagCondition | undefined {
  if (condition === undefined) return undefined;
  if (condition.op === 'contains') return { kind: 'containing', part: condition.value };
  if (condition.op !== 'equals') {
    throw new AppError(
      'invalid',
      'the value of "tags" query can only be fuzzy match value or exact match value',
    );
  }
  if (condition.value === '*') return { kind: 'tagged' };
  if (condition.value === 'nil') return { kind: 'untagged' };
  return { kind: 'named', name: condition.value };
}

/** The `labels=(1 2)` of a `q`. @throws AppError invalid */
export function parseLabels(condition: Condition | undefined): number[] {
  if (condition === undefined) return [];
  const ids = condition.op === 'all' ? condition.values.map(Number) : [Number.NaN];
  if (!ids.every((id) => Number.isSafeInteger(id))) {
    throw new AppError(
      'invalid',
      'the value of "labels" query can only be integer list with intersection relationship',
    );
  }
  return [...new Set(ids)];
}

function parseExtraAttrs(condition: Condition | undefined): ArtifactFilter['extraAttrs'] {
  if (condition === undefined) return undefined;
  const { op } = condition;
  if (op === 'equals' || op === 'contains') return { op, value: condition.value };
  throw new AppError('invalid', 'extra_attrs in q can only be matched as a text');
}

/** Written by pulls and labels, of which repositories do not tell. */
const UNTOLD = new Set(['artifact.pulled_at']);

/**
 * A key for what the filter lets through, the same as long as nothing was pushed, tagged or
 * deleted; undefined when it may change without that.
 */
export function stableKeyOf(filter: ArtifactFilter): string | undefined {
  if (filter.labelIds.length > 0 || filter.extraAttrs !== undefined) return undefined;
  if (filter.predicates.some(({ column }) => UNTOLD.has(column))) return undefined;
  return JSON.stringify([filter.includesParts, filter.predicates, filter.tag ?? null]);
}

/** Never null and stable: a row's place in the order can be told by its values. */
const SEEKABLE = new Set(['artifact.id', 'artifact.digest', 'artifact.pushed_at']);

/** Whether the page after a row can be found by the row's values. */
export function isSeekable(sorts: readonly Sort[]): boolean {
  return sorts.every(({ column }) => SEEKABLE.has(column));
}
