import { type RawBuilder, type SqlBool, sql } from 'kysely';
import {
  type Database,
  orderBySorts,
  type Predicate,
  type Sort,
  wherePredicates,
} from '../db/index.ts';
import type {
  Accessory,
  ArtifactReference,
  LabelRecord,
  Listed,
  Page,
  TagRecord,
} from './artifact.ts';

/** What `q` and `sort` of a list ask for. */
export interface DetailFilter {
  readonly predicates: readonly Predicate[];
  /** The last one is of a unique column. */
  readonly sorts: readonly Sort[];
}

/** What belongs to artifacts; one query for all artifacts of a page. */
export interface ArtifactDetailRepository {
  /** The latest first. */
  listTags(artifactIds: readonly number[]): Promise<TagRecord[]>;
  listLabels(
    artifactIds: readonly number[],
  ): Promise<(LabelRecord & { readonly artifactId: number })[]>;
  /** As the index has them. */
  listReferences(artifactIds: readonly number[]): Promise<ArtifactReference[]>;
  listAccessories(artifactIds: readonly number[]): Promise<Accessory[]>;
  /** Signatures of the indexes that list these artifacts, but for those that have one themselves. */
  listInheritedSignatures(
    artifactIds: readonly number[],
  ): Promise<(Accessory & { readonly childId: number })[]>;
  /** On columns of `tag`. */
  listTagPage(artifactId: number, filter: DetailFilter, page: Page): Promise<Listed<TagRecord>>;
  /** On columns of the accessory's `artifact`. */
  listAccessoryPage(
    artifactId: number,
    filter: DetailFilter,
    page: Page,
  ): Promise<Listed<Accessory>>;
}

export const SIGNATURES: readonly string[] = ['signature.cosign', 'signature.notation'];

export function createArtifactDetailRepository(db: Database): ArtifactDetailRepository {
  return {
    listTags: (ids) =>
      selectTags(db)
        .where(isAmong('tag.artifact_id', ids))
        .orderBy('tag.artifact_id')
        .orderBy('tag.pushed_at', 'desc')
        .orderBy('tag.id', 'desc')
        .execute(),
    listLabels: (ids) => listLabels(db, ids),
    listReferences: (ids) => listReferences(db, ids),
    listAccessories: (ids) =>
      selectAccessories(db)
        .where(isAmong('subject.id', ids))
        .orderBy('subject.id')
        .orderBy('artifact.id')
        .execute(),
    listInheritedSignatures: (ids) => listInheritedSignatures(db, ids),
    async listTagPage(artifactId, { predicates, sorts }, { offset, limit }) {
      const matching = wherePredicates(db.selectFrom('tag'), predicates);
      const { total } = await matching
        .where('tag.artifact_id', '=', artifactId)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const own = wherePredicates(
        selectTags(db).where('tag.artifact_id', '=', artifactId),
        predicates,
      );
      const items = await orderBySorts(own, sorts).offset(offset).limit(limit).execute();
      return { items, total };
    },
    async listAccessoryPage(artifactId, { predicates, sorts }, { offset, limit }) {
      const own = selectAccessories(db).where('subject.id', '=', artifactId);
      const matching = wherePredicates(own, predicates);
      const { total } = await db
        .selectFrom(matching.as('matching'))
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = await orderBySorts(matching, sorts).offset(offset).limit(limit).execute();
      return { items, total };
    },
  };
}

function selectTags(db: Database) {
  return db
    .selectFrom('tag')
    .select([
      'tag.id',
      'tag.repository_id as repositoryId',
      'tag.artifact_id as artifactId',
      'tag.name',
      'tag.pushed_at as pushedAt',
      'tag.pulled_at as pulledAt',
    ]);
}

/** Accessories as `artifact` with their subjects as `subject`. */
function selectAccessories(db: Database) {
  return db
    .selectFrom('artifact as subject')
    .innerJoin('repository', 'repository.id', 'subject.repository_id')
    .innerJoin('artifact', (join) =>
      join
        .onRef('artifact.repository_id', '=', 'subject.repository_id')
        .onRef('artifact.accessory_of', '=', 'subject.digest'),
    )
    .select([
      'artifact.id as artifactId',
      'artifact.digest',
      'artifact.type as artifactKind',
      'artifact.pushed_at as createdAt',
      'subject.id as subjectId',
      'subject.digest as subjectDigest',
      'repository.name as subjectRepository',
      sql<string>`coalesce(artifact.accessory_type, 'subject.accessory')`.as('type'),
      sql<number>`coalesce(artifact.total_size, artifact.size)`.as('size'),
    ]);
}

function listLabels(db: Database, ids: readonly number[]) {
  return db
    .selectFrom('artifact_label')
    .innerJoin('label', 'label.id', 'artifact_label.label_id')
    .select([
      'artifact_label.artifact_id as artifactId',
      'label.id',
      'label.project_id as projectId',
      'label.name',
      'label.description',
      'label.color',
      'label.created_at as createdAt',
      'label.updated_at as updatedAt',
    ])
    .where(isAmong('artifact_label.artifact_id', ids))
    .orderBy('artifact_label.artifact_id')
    .orderBy('label.id')
    .execute();
}

function listReferences(db: Database, ids: readonly number[]) {
  return db
    .selectFrom('artifact_reference as reference')
    .leftJoin('artifact as child', (join) =>
      join
        .onRef('child.repository_id', '=', 'reference.repository_id')
        .onRef('child.digest', '=', 'reference.child_digest'),
    )
    .select([
      'reference.artifact_id as parentId',
      'reference.child_digest as childDigest',
      'child.id as childId',
      'reference.platform',
      'reference.annotations',
      'reference.urls',
    ])
    .where(isAmong('reference.artifact_id', ids))
    .orderBy('reference.artifact_id')
    .orderBy('reference.position')
    .orderBy('reference.child_digest')
    .execute();
}

function listInheritedSignatures(db: Database, ids: readonly number[]) {
  const isUnsigned = sql<SqlBool>`NOT EXISTS (SELECT FROM artifact own
    WHERE own.repository_id = child.repository_id AND own.accessory_of = child.digest
      AND own.accessory_type = ANY(${SIGNATURES}::text[]))`;
  return selectAccessories(db)
    .innerJoin('artifact_reference as reference', 'reference.artifact_id', 'subject.id')
    .innerJoin('artifact as child', (join) =>
      join
        .onRef('child.repository_id', '=', 'reference.repository_id')
        .onRef('child.digest', '=', 'reference.child_digest'),
    )
    .select('child.id as childId')
    .where(isAmong('child.id', ids))
    .where(sql<SqlBool>`artifact.accessory_type = ANY(${SIGNATURES}::text[])`)
    .where(isUnsigned)
    .orderBy('child.id')
    .orderBy('artifact.id')
    .execute();
}

function isAmong(column: string, ids: readonly number[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`${sql.ref(column)} = ANY(${ids}::bigint[])`;
}
