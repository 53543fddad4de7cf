import { type RawBuilder, sql } from 'kysely';
import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import type { Visibility } from '../projects/index.ts';
import {
  type ContentQuery,
  selectAnnotations,
  selectArtifacts,
  selectCharts,
  selectLabels,
  selectRepositories,
  selectTagsFrom,
  selectTagsInside,
  selectTagsWith,
} from './search.queries.repository.ts';
import {
  digestRanges,
  type FoundContent,
  type FoundTag,
  hasIndexedPart,
  type SearchKind,
} from './search.ts';

export interface SearchOrder {
  readonly text: string;
  readonly kinds: ReadonlySet<SearchKind>;
  /** Where repositories may be found, and what they hold. */
  readonly content: Visibility;
  /** Where labels may be found. */
  readonly labels: Visibility;
  /** Of each kind. */
  readonly limit: number;
}

export interface SearchRepository {
  /**
   * What matches, of the kinds asked for. Rejects when one of the questions takes more than three
   * seconds.
   */
  search(order: SearchOrder): Promise<FoundContent>;
}

const QUESTION_MS = 3000;

export function createSearchRepository(db: Database): SearchRepository {
  return new SqlSearchRepository(db);
}

class SqlSearchRepository implements SearchRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  search({ text, kinds, content, labels, limit }: SearchOrder): Promise<FoundContent> {
    // One after the other: a search takes one connection from all else, not six.
    return transact(this.#db, async (tx) => {
      // The way to an answer depends on the text, so a plan is good for one text only.
      await sql`SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
        set_config('statement_timeout', ${String(QUESTION_MS)}, true),
        set_config('jit', 'off', true)`.execute(tx);
      const query = { text, visibility: content, limit };
      const list = <T>(kind: SearchKind, select: Select<T>, of: ContentQuery = query) =>
        kinds.has(kind) ? run(select(tx, of), tx) : [];
      const hasDigest = digestRanges(text).length > 0;
      return {
        repository: await list('repository', selectRepositories),
        chart: await list('chart', selectCharts),
        tag: kinds.has('tag') ? await listTags(tx, query) : [],
        artifact: hasDigest ? await list('artifact', selectArtifacts) : [],
        label: await list('label', selectLabels, { ...query, visibility: labels }),
        annotation: await list('annotation', selectAnnotations),
      };
    });
  }
}

type Select<T> = (tx: DatabaseTransaction, query: ContentQuery) => RawBuilder<T>;

async function run<T>(query: RawBuilder<T>, tx: DatabaseTransaction): Promise<readonly T[]> {
  return (await query.execute(tx)).rows;
}

/** Those that begin with the text come first. */
async function listTags(
  tx: DatabaseTransaction,
  query: ContentQuery,
): Promise<readonly FoundTag[]> {
  const [begun] = await run(selectTagsFrom(tx, query), tx);
  const isCut = begun === undefined || begun.isCut;
  const first = isCut ? await run(selectTagsInside(tx, query), tx) : begun.found;
  const limit = query.limit - first.length;
  if (limit <= 0 || !hasIndexedPart(query.text)) return first;
  const others = await run(selectTagsWith(tx, { ...query, limit }), tx);
  return [...first, ...others.toSorted(byName)];
}

function byName(a: FoundTag, b: FoundTag): number {
  return compare(a.name, b.name) || compare(a.repository, b.repository);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
