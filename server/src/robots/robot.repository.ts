import { sql } from 'kysely';
import { ROLE } from '../access/index.ts';
import {
  type Database,
  isUniqueViolation,
  orderBySorts,
  type Predicate,
  type Sort,
  transact,
  wherePredicates,
} from '../db/index.ts';
import type { Robot, RobotAccount, RobotGrant, RobotTrust } from './robot.ts';
import {
  accountOf,
  putPermissions,
  putTrusts,
  robotOf,
  selectAccounts,
  selectRobots,
} from './robot-rows.repository.ts';

/** A robot about to be made. */
export interface NewRobot
  extends Pick<
    Robot,
    | 'projectId'
    | 'name'
    | 'description'
    | 'duration'
    | 'expiresAt'
    | 'isDisabled'
    | 'creator'
    | 'createdAt'
    | 'permissions'
    | 'trusts'
  > {
  /** The digest of its secret, which depends on its id. */
  digestOf(id: number): string;
}

/** What changes; undefined stays as it is. */
export interface RobotChange {
  readonly description?: string | undefined;
  readonly isDisabled?: boolean | undefined;
  /** Undefined in it is never. */
  readonly validity?: { readonly duration: number; readonly expiresAt: Date | undefined };
  readonly permissions?: readonly RobotGrant[] | undefined;
  readonly trusts?: readonly RobotTrust[] | undefined;
  /** Ends all issued tokens. */
  readonly raisesEpoch: boolean;
}

export interface RobotFilter {
  /** Undefined: robots of the system. */
  readonly projectId: number | undefined;
  readonly predicates: readonly Predicate[];
  readonly sorts: readonly Sort[];
}

export interface RobotRepository {
  list(
    filter: RobotFilter,
    page: { offset: number; limit: number },
  ): Promise<{ robots: Robot[]; total: number }>;
  find(id: number): Promise<Robot | undefined>;
  findAccount(id: number): Promise<RobotAccount | undefined>;
  /** By name and, for a robot of a project, its project's name. */
  findAccountByName(
    projectName: string | undefined,
    name: string,
  ): Promise<RobotAccount | undefined>;
  /** Resolves undefined when the name is taken. */
  create(robot: NewRobot): Promise<number | undefined>;
  /** Changes a robot as `plan` says, given the robot as it is and stays meanwhile; false: unknown. */
  update(id: number, plan: (robot: Robot) => RobotChange): Promise<boolean>;
  /**
   * Puts a secret in the place of all others, and ends issued tokens. With `keepUntil` the last
   * one lives on until then, and tokens stay. Resolves false for an unknown id.
   */
  replaceSecret(id: number, digest: string, keepUntil: Date | undefined): Promise<boolean>;
  delete(id: number): Promise<boolean>;
  /** Unless a use within the last minute is noted already. */
  putLastUse(id: number, at: Date, address: string): Promise<void>;
  /** Whether the user, or one of the groups, administers a project. */
  isProjectAdmin(userId: number, groupIds: readonly number[]): Promise<boolean>;
}

export function createRobotRepository(db: Database): RobotRepository {
  return new SqlRobotRepository(db);
}

class SqlRobotRepository implements RobotRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async list(
    { projectId, predicates, sorts }: RobotFilter,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<{ robots: Robot[]; total: number }> {
    const matching = wherePredicates(
      this.#db
        .selectFrom('robot')
        .where('robot.project_id', projectId === undefined ? 'is' : '=', projectId ?? null),
      predicates,
    );
    const { count } = await matching
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    const ids = orderBySorts(matching, sorts).select('robot.id').offset(offset).limit(limit);
    const rows = await orderBySorts(
      selectRobots(this.#db).where('robot.id', 'in', ids),
      sorts,
    ).execute();
    return { robots: rows.map(robotOf), total: count };
  }

  async find(id: number): Promise<Robot | undefined> {
    const row = await selectRobots(this.#db).where('robot.id', '=', id).executeTakeFirst();
    return row && robotOf(row);
  }

  async findAccount(id: number): Promise<RobotAccount | undefined> {
    const row = await selectAccounts(this.#db).where('robot.id', '=', id).executeTakeFirst();
    return row && accountOf(row);
  }

  async findAccountByName(
    projectName: string | undefined,
    name: string,
  ): Promise<RobotAccount | undefined> {
    const row = await selectAccounts(this.#db)
      .where('robot.name', '=', name)
      .where((eb) =>
        projectName === undefined
          ? eb('robot.project_id', 'is', null)
          : eb(
              'robot.project_id',
              '=',
              eb.selectFrom('project').select('id').where('name', '=', projectName),
            ),
      )
      .executeTakeFirst();
    return row && accountOf(row);
  }

  async create(robot: NewRobot): Promise<number | undefined> {
    try {
      return await transact(this.#db, async (tx) => {
        const { id } = await tx
          .insertInto('robot')
          .values({
            project_id: robot.projectId ?? null,
            name: robot.name,
            description: robot.description,
            duration: robot.duration,
            expires_at: robot.expiresAt ?? null,
            is_disabled: robot.isDisabled,
            creator_kind: robot.creator.kind,
            creator_id: robot.creator.id,
            created_at: robot.createdAt,
            updated_at: robot.createdAt,
          })
          .returning('id')
          .executeTakeFirstOrThrow();
        await tx
          .insertInto('robot_secret')
          .values({ robot_id: id, digest: robot.digestOf(id) })
          .execute();
        await putPermissions(tx, id, robot.permissions);
        await putTrusts(tx, id, robot.trusts);
        return id;
      });
    } catch (error) {
      if (isUniqueViolation(error, 'robot_project_id_name_key')) return undefined;
      throw error;
    }
  }

  update(id: number, plan: (robot: Robot) => RobotChange): Promise<boolean> {
    return transact(this.#db, async (tx) => {
      const row = await selectRobots(tx)
        .where('robot.id', '=', id)
        .forUpdate('robot')
        .executeTakeFirst();
      if (row === undefined) return false;
      const change = plan(robotOf(row));
      const { description, isDisabled, validity, permissions, trusts } = change;
      await tx
        .updateTable('robot')
        .set((eb) => ({
          updated_at: sql<Date>`now()`,
          token_epoch: eb('token_epoch', '+', change.raisesEpoch ? 1 : 0),
          ...(description !== undefined && { description }),
          ...(isDisabled !== undefined && { is_disabled: isDisabled }),
          ...(validity !== undefined && {
            duration: validity.duration,
            expires_at: validity.expiresAt ?? null,
          }),
        }))
        .where('id', '=', id)
        .execute();
      if (permissions !== undefined) await putPermissions(tx, id, permissions);
      if (trusts !== undefined) await putTrusts(tx, id, trusts);
      return true;
    });
  }

  replaceSecret(id: number, digest: string, keepUntil: Date | undefined): Promise<boolean> {
    return transact(this.#db, async (tx) => {
      // Locks the robot, so that two at once do not leave three secrets.
      const { numUpdatedRows } = await tx
        .updateTable('robot')
        .set((eb) => ({
          updated_at: sql<Date>`now()`,
          token_epoch: eb('token_epoch', '+', keepUntil === undefined ? 1 : 0),
        }))
        .where('id', '=', id)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      const own = await tx
        .selectFrom('robot_secret')
        .select('id')
        .where('robot_id', '=', id)
        .orderBy('id', 'desc')
        .execute();
      const kept = keepUntil === undefined ? undefined : own[0]?.id;
      await tx
        .deleteFrom('robot_secret')
        .where('robot_id', '=', id)
        .$if(kept !== undefined, (query) => query.where('id', '!=', kept ?? 0))
        .execute();
      await tx
        .updateTable('robot_secret')
        .set({ expires_at: keepUntil ?? null })
        .where('robot_id', '=', id)
        .execute();
      await tx.insertInto('robot_secret').values({ robot_id: id, digest }).execute();
      return true;
    });
  }

  async delete(id: number): Promise<boolean> {
    const result = await this.#db.deleteFrom('robot').where('id', '=', id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async putLastUse(id: number, at: Date, address: string): Promise<void> {
    await this.#db
      .updateTable('robot')
      .set({ last_used_at: at, last_used_address: address })
      .where('id', '=', id)
      .where((eb) =>
        eb.or([
          eb('last_used_at', 'is', null),
          eb('last_used_at', '<', new Date(at.getTime() - 60_000)),
        ]),
      )
      .execute();
  }

  async isProjectAdmin(userId: number, groupIds: readonly number[]): Promise<boolean> {
    const row = await this.#db
      .selectFrom('project_member')
      .select('id')
      .where('role_id', '=', ROLE.projectAdmin)
      .where((eb) =>
        eb.or([
          eb('user_id', '=', userId),
          ...(groupIds.length === 0 ? [] : [eb('group_id', 'in', groupIds)]),
        ]),
      )
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }
}
