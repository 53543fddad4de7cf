import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/index.ts';
import { selectVisibleProjectIds, type Visibility } from '../projects/index.ts';
import {
  digestRanges,
  type FoundAnnotation,
  type FoundArtifact,
  type FoundChart,
  type FoundLabel,
  type FoundRepository,
  type FoundTag,
  isShort,
  namePatterns,
  parseAnnotationText,
} from './search.ts';

/** A question: what for, in which projects, and how many answers at most. */
export interface ContentQuery {
  readonly text: string;
  readonly visibility: Visibility;
  readonly limit: number;
}

/** Comes after all characters that a tag may have. */
const ABOVE_TAGS = '\u007f';
/** Tags that are looked at for a caller that may see none of them. */
const MAX_CANDIDATES = 5000;
/** Artifacts whose annotations are looked through, when all words are there but maybe apart. */
const MAX_ANNOTATED = 300;
/** Between words, as in `annotation_words` of migration 9. */
const NO_WORD = '[^[:alnum:]._-]+';
/** Characters of what others wrote that the answer holds. */
const MAX_VALUE = 256;

/** Repositories with artifacts; others are left-overs of pushes. */
export function selectRepositories(
  db: Database,
  { text, visibility, limit }: ContentQuery,
): RawBuilder<FoundRepository> {
  return sql`
    SELECT name, "projectId", "projectName", "isPublic", "pullCount",
      (SELECT count(*) FROM artifact a WHERE a.repository_id = found.id AND a.is_listed)
        AS "artifactCount"
    FROM (
      SELECT repository.id, repository.name, project.id AS "projectId",
        project.name AS "projectName", project.is_public AS "isPublic",
        repository.pull_count AS "pullCount"
      FROM repository JOIN project ON project.id = repository.project_id
      WHERE ${isNamed(text)} AND ${isWithin(db, 'project.id', visibility)}
        AND EXISTS (SELECT FROM artifact a WHERE a.repository_id = repository.id)
      ORDER BY repository.name LIMIT ${limit}
    ) found
    ORDER BY name`;
}

/** What the chart says itself, read or not yet; helm writes both annotations. */
export function selectCharts(
  db: Database,
  { text, visibility, limit }: ContentQuery,
): RawBuilder<FoundChart> {
  return sql`
    SELECT repository.name AS repository,
      left(coalesce(latest.extra_attrs ->> 'name',
        latest.annotations ->> 'org.opencontainers.image.title'), ${MAX_VALUE}) AS name,
      left(coalesce(latest.extra_attrs ->> 'version',
        latest.annotations ->> 'org.opencontainers.image.version'), ${MAX_VALUE}) AS version
    FROM repository CROSS JOIN LATERAL (
      SELECT extra_attrs, annotations FROM artifact a
      WHERE a.repository_id = repository.id AND a.type = 'CHART'
      ORDER BY a.pushed_at DESC, a.id DESC LIMIT 1
    ) latest
    WHERE ${isNamed(text)} AND ${isWithin(db, 'repository.project_id', visibility)}
    ORDER BY repository.name LIMIT ${limit}`;
}

/**
 * Tags that begin with the text, by name: those that are visible among the first of all. When
 * `isCut` is true there are more than were looked at, and `selectTagsInside` has to look for the
 * rest.
 */
export function selectTagsFrom(
  db: Database,
  { text, visibility, limit }: ContentQuery,
): RawBuilder<{ readonly isCut: boolean; readonly found: readonly FoundTag[] }> {
  return sql`
    WITH candidate AS MATERIALIZED (
      SELECT name, repository_id, artifact_id FROM tag
      WHERE ${beginsWith(text)} ORDER BY name, repository_id LIMIT ${MAX_CANDIDATES}
    ), found AS (
      SELECT repository.name AS repository, candidate.name, candidate.artifact_id
      FROM candidate JOIN repository ON repository.id = candidate.repository_id
      WHERE ${isWithin(db, 'repository.project_id', visibility)}
      ORDER BY candidate.name, repository.name LIMIT ${limit}
    )
    SELECT (SELECT count(*) FROM candidate) >= ${MAX_CANDIDATES}
        AND (SELECT count(*) FROM found) < ${limit} AS "isCut",
      (SELECT coalesce(json_agg(json_build_object('repository', found.repository,
          'name', found.name, 'digest', artifact.digest)
        ORDER BY found.name, found.repository), '[]')
      FROM found JOIN artifact ON artifact.id = found.artifact_id) AS found`;
}

/** The same for a caller that sees little of what there is: repository after repository. */
export function selectTagsInside(
  db: Database,
  { text, visibility, limit }: ContentQuery,
): RawBuilder<FoundTag> {
  return sql`
    SELECT found.repository, found.name, artifact.digest
    FROM (
      SELECT repository.name AS repository, inside.name, inside.artifact_id
      FROM repository CROSS JOIN LATERAL (
        SELECT tag.name, tag.artifact_id FROM tag
        WHERE tag.repository_id = repository.id AND ${beginsWith(text)}
        ORDER BY tag.name LIMIT ${limit}
      ) inside
      WHERE ${isWithin(db, 'repository.project_id', visibility)}
      ORDER BY inside.name, repository.name LIMIT ${limit}
    ) found JOIN artifact ON artifact.id = found.artifact_id
    ORDER BY found.name, found.repository`;
}

/** Tags with the text anywhere else; any of them, since putting all in order takes its time. */
export function selectTagsWith(
  db: Database,
  { text, visibility, limit }: ContentQuery,
): RawBuilder<FoundTag> {
  return sql`
    SELECT repository.name AS repository, tag.name, artifact.digest
    FROM tag
    JOIN repository ON repository.id = tag.repository_id
    JOIN artifact ON artifact.id = tag.artifact_id
    WHERE tag.name COLLATE "default" ILIKE ${namePatterns(text).part} AND NOT ${beginsWith(text)}
      AND ${isWithin(db, 'repository.project_id', visibility)}
    LIMIT ${limit}`;
}

/** Artifacts by the beginning of their digests. */
export function selectArtifacts(
  db: Database,
  { text, visibility, limit }: ContentQuery,
): RawBuilder<FoundArtifact> {
  const ranges = digestRanges(text).map(
    ({ from, to }) => sql`(artifact.digest >= ${from} AND artifact.digest < ${to})`,
  );
  return sql`
    SELECT repository.name AS repository, artifact.digest, artifact.type
    FROM artifact JOIN repository ON repository.id = artifact.repository_id
    WHERE ${ranges.length === 0 ? sql`false` : sql`(${sql.join(ranges, sql` OR `)})`}
      AND ${isWithin(db, 'artifact.project_id', visibility)}
    ORDER BY artifact.digest, repository.name LIMIT ${limit}`;
}

/** Labels of the system, and of visible projects. */
export function selectLabels(
  db: Database,
  { text, visibility, limit }: ContentQuery,
): RawBuilder<FoundLabel> {
  return sql`
    SELECT label.id, label.name, label.description, label.color,
      label.project_id AS "projectId", project.name AS "projectName"
    FROM label LEFT JOIN project ON project.id = label.project_id
    WHERE label.name COLLATE "default" ILIKE ${namePatterns(text).part}
      AND (label.project_id IS NULL OR ${isWithin(db, 'label.project_id', visibility)})
    ORDER BY label.name, label.id LIMIT ${limit}`;
}

/** Annotations whose value has all words of the text. */
export function selectAnnotations(
  db: Database,
  { text, visibility, limit }: ContentQuery,
): RawBuilder<FoundAnnotation> {
  const { key, words } = parseAnnotationText(text);
  return sql`
    SELECT annotated.repository, annotated.digest, left(pair.key, ${MAX_VALUE}) AS key,
      left(pair.value, ${MAX_VALUE}) AS value
    FROM (
      SELECT repository.name AS repository, artifact.digest, artifact.annotations
      FROM artifact JOIN repository ON repository.id = artifact.repository_id
      WHERE annotation_words(artifact.project_id, artifact.annotations) @@ ${wordQuery(words)}
        AND ${hasWordOf(db, visibility)} AND ${isWithin(db, 'artifact.project_id', visibility)}
        ${key === undefined ? sql`` : sql`AND artifact.annotations ? ${key}`}
      LIMIT ${MAX_ANNOTATED}
    ) annotated CROSS JOIN LATERAL jsonb_each_text(annotated.annotations) pair
    WHERE array_to_tsvector(array_remove(
        regexp_split_to_array(lower(left(pair.value, 500)), ${NO_WORD}), '')) @@ ${wordQuery(words)}
      ${key === undefined ? sql`` : sql`AND pair.key = ${key}`}
    LIMIT ${limit}`;
}

/** Beginnings of words, all of them; a word of one or two characters has to be a whole one. */
function wordQuery(words: string): RawBuilder<unknown> {
  return sql`(
    SELECT string_agg(quote_literal(word) || CASE WHEN length(word) < 3 THEN '' ELSE ':*' END,
      ' & ')::tsquery
    FROM regexp_split_to_table(lower(${words}), ${NO_WORD}) word WHERE word <> '')`;
}

/** The index knows the project of an artifact as a word. */
function hasWordOf(db: Database, visibility: Visibility): RawBuilder<unknown> {
  if (visibility === 'all') return sql`true`;
  return sql`annotation_words(artifact.project_id, artifact.annotations) @@ (
    SELECT string_agg(quote_literal('/' || id), ' | ')::tsquery
    FROM ${selectVisibleProjectIds(db, visibility)} visible)`;
}

/** Of repositories, one or two characters are looked for behind a slash too. */
function isNamed(text: string): RawBuilder<unknown> {
  const { start, part } = namePatterns(text);
  const isPart = sql`repository.name COLLATE "default" ILIKE ${part}`;
  if (!isShort(text)) return isPart;
  return sql`(${isPart} OR repository.name COLLATE "default" ILIKE ${`%/${start}`})`;
}

function beginsWith(text: string): RawBuilder<unknown> {
  return sql`(tag.name >= ${text} AND tag.name < ${text + ABOVE_TAGS})`;
}

function isWithin(
  db: Database,
  column: 'project.id' | 'repository.project_id' | 'artifact.project_id' | 'label.project_id',
  visibility: Visibility,
): RawBuilder<unknown> {
  if (visibility === 'all') return sql`true`;
  return sql`${sql.ref(column)} IN ${selectVisibleProjectIds(db, visibility)}`;
}
