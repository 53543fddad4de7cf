import { type ExpressionBuilder, sql } from 'kysely';
import { type Database, type Schema, transact } from '../db/index.ts';

export interface Project {
  readonly id: number;
  readonly name: string;
  readonly ownerId: number;
  readonly ownerName: string;
  readonly isPublic: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly repositoryCount: number;
}

/** Whose projects to show: everything, or the public ones and those `userId` is a member of. */
export type Visibility = 'all' | { readonly userId: number | undefined };

export interface ProjectFilter {
  readonly visibility: Visibility;
  /** Part of the name, any case. */
  readonly name?: string | undefined;
  readonly isPublic?: boolean | undefined;
}

export interface ProjectRepository {
  findByName(name: string): Promise<Project | undefined>;
  find(id: number): Promise<Project | undefined>;
  findRole(projectId: number, userId: number): Promise<number | undefined>;
  list(
    filter: ProjectFilter,
    page: { offset: number; limit: number },
  ): Promise<{ projects: Project[]; total: number }>;
  /** Creates the project with its owner as member; undefined when the name is taken. */
  create(project: {
    name: string;
    ownerId: number;
    isPublic: boolean;
    roleId: number;
  }): Promise<number | undefined>;
  /** Resolves false, and changes nothing to see, when repositories with artifacts are left. */
  deleteEmpty(id: number): Promise<boolean>;
  putMember(projectId: number, userId: number, roleId: number): Promise<void>;
}

export function createProjectRepository(db: Database): ProjectRepository {
  return new SqlProjectRepository(db);
}

class SqlProjectRepository implements ProjectRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  findByName(name: string): Promise<Project | undefined> {
    return selectProjects(this.#db).where('project.name', '=', name).executeTakeFirst();
  }

  find(id: number): Promise<Project | undefined> {
    return selectProjects(this.#db).where('project.id', '=', id).executeTakeFirst();
  }

  async findRole(projectId: number, userId: number): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('project_member')
      .select('role_id')
      .where('project_id', '=', projectId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row?.role_id;
  }

  async list(
    filter: ProjectFilter,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<{ projects: Project[]; total: number }> {
    const matching = selectMatching(this.#db, filter);
    const total = await matching
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    const ids = matching.select('project.id').orderBy('project.name').offset(offset).limit(limit);
    const projects = await selectProjects(this.#db)
      .where('project.id', 'in', ids)
      .orderBy('project.name')
      .execute();
    return { projects, total: total.count };
  }

  async create({
    name,
    ownerId,
    isPublic,
    roleId,
  }: {
    name: string;
    ownerId: number;
    isPublic: boolean;
    roleId: number;
  }): Promise<number | undefined> {
    const row = await this.#db
      .with('created', (qb) =>
        qb
          .insertInto('project')
          .values({ name, owner_id: ownerId, is_public: isPublic })
          .onConflict((conflict) => conflict.doNothing())
          .returning('id'),
      )
      .with('member', (qb) =>
        qb
          .insertInto('project_member')
          .columns(['project_id', 'user_id', 'role_id'])
          .expression((eb) =>
            eb
              .selectFrom('created')
              .select((inner) => [
                'created.id',
                inner.cast<number>(inner.val(ownerId), 'bigint').as('user_id'),
                inner.cast<number>(inner.val(roleId), 'smallint').as('role_id'),
              ]),
          ),
      )
      .selectFrom('created')
      .select('created.id')
      .executeTakeFirst();
    return row?.id;
  }

  deleteEmpty(id: number): Promise<boolean> {
    return transact(this.#db, async (tx) => {
      // Repositories without artifacts are left-overs of pushes; nobody sees them.
      await tx
        .deleteFrom('repository')
        .where('project_id', '=', id)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('artifact')
                .select('artifact.id')
                .whereRef('artifact.repository_id', '=', 'repository.id'),
            ),
          ),
        )
        .execute();
      const result = await tx
        .deleteFrom('project')
        .where('id', '=', id)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(selectFrom('repository').select('repository.id').where('project_id', '=', id)),
          ),
        )
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    });
  }

  async putMember(projectId: number, userId: number, roleId: number): Promise<void> {
    await this.#db
      .insertInto('project_member')
      .values({ project_id: projectId, user_id: userId, role_id: roleId })
      .onConflict((conflict) =>
        conflict.columns(['project_id', 'user_id']).doUpdateSet({ role_id: roleId }),
      )
      .execute();
  }
}

/** Rows of the shape `Project`, of all projects. */
function selectProjects(db: Database) {
  return db
    .selectFrom('project')
    .innerJoin('app_user', 'app_user.id', 'project.owner_id')
    .select((eb) => [
      'project.id',
      'project.name',
      'project.owner_id as ownerId',
      'app_user.username as ownerName',
      'project.is_public as isPublic',
      'project.created_at as createdAt',
      'project.updated_at as updatedAt',
      sql<number>`(${eb
        .selectFrom('repository')
        .whereRef('repository.project_id', '=', 'project.id')
        .where((inner) =>
          inner.exists(
            inner
              .selectFrom('artifact')
              .select('artifact.id')
              .whereRef('artifact.repository_id', '=', 'repository.id'),
          ),
        )
        .select((inner) => inner.fn.countAll().as('count'))})`.as('repositoryCount'),
    ]);
}

/** The projects that the filter lets through, nothing selected yet. */
function selectMatching(db: Database, { visibility, name, isPublic }: ProjectFilter) {
  let query = db.selectFrom('project');
  if (visibility !== 'all') query = query.where((eb) => isVisible(eb, visibility.userId));
  if (isPublic !== undefined) query = query.where('is_public', '=', isPublic);
  if (name !== undefined) query = query.where('name', 'ilike', `%${escapeLike(name)}%`);
  return query;
}

function isVisible(eb: ExpressionBuilder<Schema, 'project'>, userId: number | undefined) {
  const isPublic = eb('is_public', '=', true);
  if (userId === undefined) return isPublic;
  const isMember = eb.exists(
    eb
      .selectFrom('project_member')
      .select('project_member.user_id')
      .whereRef('project_member.project_id', '=', 'project.id')
      .where('project_member.user_id', '=', userId),
  );
  return eb.or([isPublic, isMember]);
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}
