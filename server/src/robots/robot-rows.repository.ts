import { sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { Database, DatabaseTransaction } from '../db/index.ts';
import type { Robot, RobotAccount, RobotGrant, RobotTrust } from './robot.ts';

/** Rows of all robots with their permissions and trusts, for `robotOf`. */
export function selectRobots(db: Database) {
  return db
    .selectFrom('robot')
    .leftJoin('project', 'project.id', 'robot.project_id')
    .selectAll('robot')
    .select('project.name as project_name')
    .select((eb) => [
      jsonArrayFrom(
        eb
          .selectFrom('robot_permission')
          .leftJoin('project as reached', 'reached.id', 'robot_permission.project_id')
          .whereRef('robot_permission.robot_id', '=', 'robot.id')
          .select([
            'robot_permission.scope',
            'robot_permission.project_id',
            'robot_permission.access',
            'robot_permission.repositories',
            'reached.name as project_name',
          ])
          .orderBy('robot_permission.id'),
      ).as('permissions'),
      jsonArrayFrom(
        eb
          .selectFrom('robot_trust')
          .whereRef('robot_trust.robot_id', '=', 'robot.id')
          .select(['preset', 'issuer', 'audience', 'conditions'])
          .orderBy('robot_trust.id'),
      ).as('trusts'),
    ]);
}

/** The same with the live secrets, for `accountOf`. */
export function selectAccounts(db: Database) {
  return selectRobots(db).select((eb) =>
    jsonArrayFrom(
      eb
        .selectFrom('robot_secret')
        .whereRef('robot_secret.robot_id', '=', 'robot.id')
        .where((inner) =>
          inner.or([
            inner('robot_secret.expires_at', 'is', null),
            inner('robot_secret.expires_at', '>', sql<Date>`now()`),
          ]),
        )
        .select(['digest', 'expires_at'])
        .orderBy('robot_secret.id', 'desc')
        .limit(2),
    ).as('secrets'),
  );
}

type RobotRow = Awaited<ReturnType<ReturnType<typeof selectRobots>['executeTakeFirstOrThrow']>>;
type AccountRow = Awaited<ReturnType<ReturnType<typeof selectAccounts>['executeTakeFirstOrThrow']>>;

export function robotOf(row: RobotRow): Robot {
  return {
    id: row.id,
    projectId: row.project_id ?? undefined,
    projectName: row.project_name ?? undefined,
    name: row.name,
    description: row.description,
    duration: row.duration,
    expiresAt: row.expires_at ?? undefined,
    isDisabled: row.is_disabled,
    tokenEpoch: row.token_epoch,
    creator: { kind: row.creator_kind, id: row.creator_id },
    lastUsedAt: row.last_used_at ?? undefined,
    lastUsedAddress: row.last_used_address ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    permissions: row.permissions.map(grantOf),
    trusts: row.trusts.map(trustOf),
  };
}

export function accountOf(row: AccountRow): RobotAccount {
  return {
    ...robotOf(row),
    secrets: row.secrets.map(({ digest, expires_at: expiresAt }) => ({
      digest,
      expiresAt: expiresAt === null ? undefined : new Date(expiresAt),
    })),
  };
}

function grantOf(row: RobotRow['permissions'][number]): RobotGrant {
  const { access, repositories } = row;
  if (row.scope !== 'project') {
    return {
      scope: row.scope,
      namespace: row.scope === 'system' ? '/' : '*',
      access,
      repositories,
    };
  }
  // The table's CHECK and foreign key vouch for both; 0 is no project's id.
  return { scope: row.project_id ?? 0, namespace: row.project_name ?? '', access, repositories };
}

function trustOf({ preset, issuer, audience, conditions }: RobotRow['trusts'][number]): RobotTrust {
  return {
    ...(preset !== null && { preset }),
    issuer,
    ...(audience !== null && { audience }),
    conditions,
  };
}

/** Puts the permissions of a robot in the place of those it had. */
export async function putPermissions(
  tx: DatabaseTransaction,
  robotId: number,
  grants: readonly RobotGrant[],
): Promise<void> {
  await tx.deleteFrom('robot_permission').where('robot_id', '=', robotId).execute();
  if (grants.length === 0) return;
  await tx
    .insertInto('robot_permission')
    .values(
      grants.map(({ scope, access, repositories }) => ({
        robot_id: robotId,
        scope: typeof scope === 'number' ? ('project' as const) : scope,
        project_id: typeof scope === 'number' ? scope : null,
        access: JSON.stringify(access),
        repositories: JSON.stringify(repositories),
      })),
    )
    .execute();
}

/** The same for its trusts. */
export async function putTrusts(
  tx: DatabaseTransaction,
  robotId: number,
  trusts: readonly RobotTrust[],
): Promise<void> {
  await tx.deleteFrom('robot_trust').where('robot_id', '=', robotId).execute();
  if (trusts.length === 0) return;
  await tx
    .insertInto('robot_trust')
    .values(
      trusts.map(({ preset, issuer, audience, conditions }) => ({
        robot_id: robotId,
        preset: preset ?? null,
        issuer,
        audience: audience ?? null,
        conditions: JSON.stringify(conditions),
      })),
    )
    .execute();
}
