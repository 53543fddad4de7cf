import { sql } from 'kysely';
import {
  type Database,
  isForeignKeyViolation,
  isUniqueViolation,
  orderBySorts,
  type Predicate,
  type Sort,
  wherePredicates,
} from '../db/index.ts';
import type { Label, LabelText } from './label.ts';

export interface LabelFilter {
  /** Undefined: the labels of the system. */
  readonly projectId: number | undefined;
  /** Part of the name, any case. */
  readonly name?: string | undefined;
  readonly predicates: readonly Predicate[];
  readonly sorts: readonly Sort[];
}

export interface LabelRepository {
  find(id: number): Promise<Label | undefined>;
  list(
    filter: LabelFilter,
    page: { offset: number; limit: number },
  ): Promise<{ labels: Label[]; total: number }>;
  /** Gives its id. */
  create(projectId: number | undefined, text: LabelText): Promise<number | 'taken' | 'no-project'>;
  update(id: number, text: LabelText): Promise<'done' | 'absent' | 'taken'>;
  /** Takes it off all artifacts too. Resolves false when it was not there. */
  delete(id: number): Promise<boolean>;
  /** Artifact and label as the project may see them: its own, and labels of the system. */
  attach(
    projectId: number,
    artifactId: number,
    labelId: number,
  ): Promise<'done' | 'attached' | 'no-artifact' | 'no-label'>;
  /** Resolves false when it was not attached. */
  detach(projectId: number, artifactId: number, labelId: number): Promise<boolean>;
}

export function createLabelRepository(db: Database): LabelRepository {
  return new LabelRows(db);
}

class LabelRows implements LabelRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(id: number): Promise<Label | undefined> {
    const row = await selectLabels(this.#db).where('label.id', '=', id).executeTakeFirst();
    return row && labelOf(row);
  }

  async list(
    { projectId, name = '', predicates, sorts }: LabelFilter,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<{ labels: Label[]; total: number }> {
    const all: Predicate[] = [...predicates];
    if (name !== '') all.push({ column: 'label.name', type: 'text', op: 'contains', value: name });
    const matching = wherePredicates(
      this.#db
        .selectFrom('label')
        .where('label.project_id', 'is not distinct from', projectId ?? null),
      all,
    );
    const { total } = await matching
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    const page = selectLabels(this.#db).where('label.id', 'in', matching.select('label.id'));
    const rows = await orderBySorts(page, sorts).offset(offset).limit(limit).execute();
    return { labels: rows.map(labelOf), total };
  }

  async create(
    projectId: number | undefined,
    text: LabelText,
  ): Promise<number | 'taken' | 'no-project'> {
    try {
      const { id } = await this.#db
        .insertInto('label')
        .values({ project_id: projectId ?? null, ...text })
        .returning('id')
        .executeTakeFirstOrThrow();
      return id;
    } catch (error) {
      if (isUniqueViolation(error)) return 'taken';
      if (isForeignKeyViolation(error)) return 'no-project';
      throw error;
    }
  }

  async update(id: number, text: LabelText): Promise<'done' | 'absent' | 'taken'> {
    try {
      const result = await this.#db
        .updateTable('label')
        .set({ ...text, updated_at: sql<Date>`now()` })
        .where('id', '=', id)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n ? 'done' : 'absent';
    } catch (error) {
      if (isUniqueViolation(error)) return 'taken';
      throw error;
    }
  }

  async delete(id: number): Promise<boolean> {
    const result = await this.#db.deleteFrom('label').where('id', '=', id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async attach(
    projectId: number,
    artifactId: number,
    labelId: number,
  ): Promise<'done' | 'attached' | 'no-artifact' | 'no-label'> {
    const { label, artifact } = await this.#db
      .selectNoFrom((eb) => [
        eb.exists(selectUsable(this.#db, projectId, labelId)).as('label'),
        eb.exists(selectArtifact(this.#db, projectId, artifactId)).as('artifact'),
      ])
      .executeTakeFirstOrThrow();
    if (artifact !== true) return 'no-artifact';
    if (label !== true) return 'no-label';
    try {
      const result = await this.#db
        .insertInto('artifact_label')
        .values({ artifact_id: artifactId, label_id: labelId })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n ? 'done' : 'attached';
    } catch (error) {
      // Deleted in between.
      if (isForeignKeyViolation(error, 'artifact_label_label_id_fkey')) return 'no-label';
      if (isForeignKeyViolation(error)) return 'no-artifact';
      throw error;
    }
  }

  async detach(projectId: number, artifactId: number, labelId: number): Promise<boolean> {
    const result = await this.#db
      .deleteFrom('artifact_label')
      .where('artifact_id', 'in', selectArtifact(this.#db, projectId, artifactId))
      .where('label_id', '=', labelId)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }
}

/** None when it is another project's. */
function selectArtifact(db: Database, projectId: number, artifactId: number) {
  return db
    .selectFrom('artifact')
    .select('artifact.id')
    .where('artifact.id', '=', artifactId)
    .where('artifact.project_id', '=', projectId);
}

/** None when it is neither the project's nor the system's. */
function selectUsable(db: Database, projectId: number, labelId: number) {
  return db
    .selectFrom('label')
    .select('label.id')
    .where('label.id', '=', labelId)
    .where((eb) =>
      eb.or([eb('label.project_id', 'is', null), eb('label.project_id', '=', projectId)]),
    );
}

function selectLabels(db: Database) {
  return db
    .selectFrom('label')
    .select([
      'label.id',
      'label.project_id as projectId',
      'label.name',
      'label.description',
      'label.color',
      'label.created_at as createdAt',
      'label.updated_at as updatedAt',
    ]);
}

function labelOf({
  projectId,
  ...row
}: Omit<Label, 'projectId'> & { projectId: number | null }): Label {
  return { ...row, projectId: projectId ?? undefined };
}
