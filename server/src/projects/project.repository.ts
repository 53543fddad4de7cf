import { sql } from 'kysely';
import type { ProjectPolicy } from '../access/index.ts';
import { type Database, orderBySorts, type Sort, transact } from '../db/index.ts';
import { putAllowlist } from './cve-allowlist.repository.ts';
import type {
  Metadata,
  NewProject,
  Project,
  ProjectChange,
  ProjectQuota,
  ProjectSummary,
} from './project.ts';
import { listChartCounts, listQuotas } from './project-figures.repository.ts';
import { dropMetadata, putMetadata, readMetadata } from './project-metadata.repository.ts';
import {
  type ProjectFilter,
  selectMatching,
  selectProjects,
  toProject,
} from './project-row.repository.ts';

export interface Membership {
  readonly userId: number;
  readonly groupIds: readonly number[];
}

export type ProjectReference = string | number;

/** What a change is decided on; its rows are locked. */
export interface CurrentProject {
  readonly isPublic: boolean;
  readonly metadata: Metadata;
}

export interface ProjectRepository {
  /** By name, or by id. */
  findPolicy(reference: ProjectReference): Promise<ProjectPolicy | undefined>;
  find(reference: ProjectReference): Promise<Project | undefined>;
  /** The roles of a user and of its groups, by project. */
  listRoles(projectIds: readonly number[], member: Membership): Promise<Map<number, number[]>>;
  list(
    filter: ProjectFilter,
    page: { offset: number; limit: number },
  ): Promise<{ projects: Project[]; total: number }>;
  /** With its owner as member, and its quota; undefined when the name is taken. */
  create(project: NewProject, roleId: number): Promise<number | undefined>;
  /**
   * Changes a project as `decide` says; what it throws undoes everything. It may run again.
   * Making a project private raises its epoch. Resolves false without such a project.
   */
  update(id: number, decide: (current: CurrentProject) => ProjectChange): Promise<boolean>;
  /** Resolves false, and changes nothing to see, when repositories with artifacts are left. */
  deleteEmpty(id: number): Promise<boolean>;
  getSummary(id: number): Promise<ProjectSummary>;
  listQuotas(ids: readonly number[]): Promise<ReadonlyMap<number, ProjectQuota>>;
  /** How many repositories of each hold charts; those with none are left out. */
  listChartCounts(ids: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** The administrator that has been there for longest. */
  findFirstAdmin(): Promise<number | undefined>;
}

const byName: readonly Sort[] = [{ column: 'project.name', type: 'text', descending: false }];

export function createProjectRepository(db: Database): ProjectRepository {
  return new SqlProjectRepository(db);
}

class SqlProjectRepository implements ProjectRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  findPolicy(reference: ProjectReference): Promise<ProjectPolicy | undefined> {
    return this.#db
      .selectFrom('project')
      .select(['id', 'name', 'is_public as isPublic', 'access_epoch as accessEpoch'])
      .where(typeof reference === 'number' ? 'id' : 'name', '=', reference)
      .executeTakeFirst();
  }

  async find(reference: ProjectReference): Promise<Project | undefined> {
    const row = await selectProjects(this.#db)
      .where(typeof reference === 'number' ? 'project.id' : 'project.name', '=', reference)
      .executeTakeFirst();
    return row && toProject(row);
  }

  async listRoles(
    projectIds: readonly number[],
    { userId, groupIds }: Membership,
  ): Promise<Map<number, number[]>> {
    if (projectIds.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom('project_member')
      .select(['project_id', 'role_id'])
      .distinct()
      .where(sql<boolean>`project_id = ANY(${projectIds}::bigint[])`)
      .where(sql<boolean>`(user_id = ${userId} OR group_id = ANY(${groupIds}::bigint[]))`)
      .execute();
    const roles = new Map<number, number[]>();
    for (const { project_id: id, role_id: role } of rows) {
      roles.set(id, [...(roles.get(id) ?? []), role]);
    }
    return roles;
  }

  async list(
    filter: ProjectFilter,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<{ projects: Project[]; total: number }> {
    const matching = selectMatching(this.#db, filter);
    const { total } = await matching
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    const sorts = filter.sorts ?? byName;
    const ids = orderBySorts(matching.select('project.id'), sorts).offset(offset).limit(limit);
    const page = selectProjects(this.#db).where('project.id', 'in', ids);
    const rows = await orderBySorts(page, sorts).execute();
    return { projects: rows.map(toProject), total };
  }

  create(project: NewProject, roleId: number): Promise<number | undefined> {
    const { name, ownerId, isPublic, metadata, allowlist, storageLimit } = project;
    return transact(this.#db, async (tx) => {
      const row = await tx
        .insertInto('project')
        .values({ name, owner_id: ownerId, is_public: isPublic })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { id } = row;
      await tx
        .insertInto('project_member')
        .values({ project_id: id, user_id: ownerId, role_id: roleId })
        .execute();
      await tx.insertInto('quota').values({ project_id: id, hard_storage: storageLimit }).execute();
      await putMetadata(tx, id, metadata);
      if (allowlist !== undefined) await putAllowlist(tx, id, allowlist);
      return id;
    });
  }

  update(id: number, decide: (current: CurrentProject) => ProjectChange): Promise<boolean> {
    return transact(this.#db, async (tx) => {
      const project = await tx
        .selectFrom('project')
        .select('is_public as isPublic')
        .where('id', '=', id)
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (project === undefined) return false;
      const { isPublic } = project;
      const change = decide({ isPublic, metadata: await readMetadata(tx, id) });
      await putMetadata(tx, id, change.put ?? new Map());
      await dropMetadata(tx, id, change.drop ?? []);
      if (change.allowlist !== undefined) await putAllowlist(tx, id, change.allowlist);
      const hides = isPublic && change.isPublic === false;
      await tx
        .updateTable('project')
        .set({
          is_public: change.isPublic ?? isPublic,
          access_epoch: sql<number>`access_epoch + ${hides ? 1 : 0}`,
          updated_at: sql<Date>`now()`,
        })
        .where('id', '=', id)
        .execute();
      return true;
    });
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

  async getSummary(id: number): Promise<ProjectSummary> {
    const counts = await this.#db
      .selectFrom('project_member')
      .select((eb) => ['role_id', eb.fn.countAll<number>().as('count')])
      .where('project_id', '=', id)
      .groupBy('role_id')
      .execute();
    const quota = (await listQuotas(this.#db, [id])).get(id);
    const memberCounts = new Map(counts.map(({ role_id: role, count }) => [role, count]));
    return { memberCounts, quota };
  }

  listQuotas(ids: readonly number[]): Promise<ReadonlyMap<number, ProjectQuota>> {
    return listQuotas(this.#db, ids);
  }

  listChartCounts(ids: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return listChartCounts(this.#db, ids);
  }

  async findFirstAdmin(): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('app_user')
      .select('id')
      .where('is_admin', '=', true)
      .where('deleted_at', 'is', null)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    return row?.id;
  }
}
