import type { z } from 'zod';
import { expirySeconds, fullName, levelOf, type Robot, type RobotGrant } from './robot.ts';
import type { robotCreated, robotSchema, secretReply } from './robots.schema.ts';
import type { RefreshedSecret } from './robots.service.ts';

/** Harbor's Robot, without its secret. */
export function presentRobot(robot: Robot, prefix: string): z.output<typeof robotSchema> {
  return {
    id: robot.id,
    name: fullName(prefix, robot),
    ...(robot.description !== '' && { description: robot.description }),
    level: levelOf(robot),
    duration: robot.duration,
    editable: true,
    disable: robot.isDisabled,
    expires_at: expirySeconds(robot),
    permissions: robot.permissions.map(presentGrant),
    creator_type: robot.creator.kind === 'user' ? 'local' : 'robot',
    creator_ref: robot.creator.id,
    creation_time: robot.createdAt.toISOString(),
    update_time: robot.updatedAt.toISOString(),
    ...(robot.lastUsedAt && { last_used_time: robot.lastUsedAt.toISOString() }),
    ...(robot.lastUsedAddress !== undefined && { last_used_address: robot.lastUsedAddress }),
    ...(robot.trusts.length > 0 && {
      trusts: robot.trusts.map(({ conditions, ...trust }) => ({
        ...trust,
        conditions: [...conditions],
      })),
    }),
  };
}

function presentGrant({ scope, namespace, access, repositories }: RobotGrant) {
  return {
    kind: scope === 'system' ? ('system' as const) : ('project' as const),
    namespace,
    access: [...access],
    ...(repositories.length > 0 && { repositories: [...repositories] }),
  };
}

/** Harbor's RobotCreated. */
export function presentCreated(
  robot: Robot,
  secret: string,
  prefix: string,
): z.output<typeof robotCreated> {
  return {
    id: robot.id,
    name: fullName(prefix, robot),
    secret,
    creation_time: robot.createdAt.toISOString(),
    expires_at: expirySeconds(robot),
  };
}

/** Harbor's RobotSec. */
export function presentSecret({
  secret,
  oldSecretExpiresAt,
}: RefreshedSecret): z.output<typeof secretReply> {
  return {
    secret: secret ?? '',
    ...(oldSecretExpiresAt && { old_secret_expires_at: oldSecretExpiresAt.toISOString() }),
  };
}
