import type { z } from 'zod';
import {
  type ApiRoute,
  created,
  decided,
  defineRoute,
  listed,
  listQuery,
  ok,
  pageRange,
} from '../api/index.ts';
import { presentCreated, presentRobot, presentSecret } from './robot.presenter.ts';
import type { RobotTrust } from './robot.ts';
import { createRobotAudit, type RobotAudit } from './robot-audit.ts';
import { parseRobotQuery } from './robot-query.ts';
import {
  robotCreate,
  robotCreated,
  robotParams,
  robotSchema,
  robotUpdate,
  secretReply,
  secretRequest,
} from './robots.schema.ts';
import type { RobotsService } from './robots.service.ts';

export interface RobotsRoutesPorts {
  readonly robots: RobotsService;
  robotPrefix(): string;
}

const can = (action: string) =>
  decided(`robot:${action} in the system for its robots, in the robot's project for the others`);

/** Harbor's `/robots`, with `trusts`, `repositories` and `keep_old_seconds` beyond it. */
export function robotsRoutes({ robots, robotPrefix }: RobotsRoutesPorts): ApiRoute[] {
  const audit = createRobotAudit(robotPrefix);
  return [
    defineRoute({
      method: 'GET',
      path: '/robots',
      operationId: 'ListRobot',
      tag: 'robot',
      summary: 'List robots of the system, or with q=Level=project,ProjectID=<id> of a project',
      can: can('list'),
      query: listQuery,
      responses: { 200: robotSchema.array() },
      async handle({ principal, query }) {
        const found = await robots.listRobots(principal, parseRobotQuery(query), pageRange(query));
        return listed(
          found.robots.map((robot) => presentRobot(robot, robotPrefix())),
          found.total,
        );
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/robots',
      operationId: 'CreateRobot',
      tag: 'robot',
      summary: 'Create a robot; its secret is told once',
      can: can('create'),
      body: robotCreate,
      responses: { 201: robotCreated },
      audit: audit.of('create'),
      async handle(call) {
        const { principal, body, path } = call;
        const { robot, secret } = await robots.createRobot(principal, {
          name: body.name,
          description: body.description ?? '',
          level: body.level,
          duration: body.duration ?? 0,
          isDisabled: body.disable ?? false,
          permissions: body.permissions ?? [],
          trusts: (body.trusts ?? []).map(trustOf),
        });
        audit.note(call, robot);
        return created(`${path}/${robot.id}`, presentCreated(robot, secret, robotPrefix()));
      },
    }),
    ...singleRobotRoutes({ robots, robotPrefix }, audit),
    updateRoute({ robots, robotPrefix }, audit),
    secretRoute({ robots, robotPrefix }, audit),
  ];
}

function singleRobotRoutes(
  { robots, robotPrefix }: RobotsRoutesPorts,
  audit: RobotAudit,
): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/robots/{robot_id}',
      operationId: 'GetRobotByID',
      tag: 'robot',
      summary: 'Get a robot',
      can: can('read'),
      params: robotParams,
      responses: { 200: robotSchema },
      handle: async ({ principal, params }) =>
        ok(presentRobot(await robots.getRobot(principal, params.robot_id), robotPrefix())),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/robots/{robot_id}',
      operationId: 'DeleteRobot',
      tag: 'robot',
      summary: 'Delete a robot',
      can: can('delete'),
      params: robotParams,
      responses: { 200: null },
      audit: audit.of('delete'),
      async handle(call) {
        audit.note(call, await robots.deleteRobot(call.principal, call.params.robot_id));
        return ok();
      },
    }),
  ];
}

function updateRoute({ robots }: RobotsRoutesPorts, audit: RobotAudit): ApiRoute {
  return defineRoute({
    method: 'PUT',
    path: '/robots/{robot_id}',
    operationId: 'UpdateRobot',
    tag: 'robot',
    summary: 'Update a robot; what it may do is replaced as a whole',
    can: can('update'),
    params: robotParams,
    body: robotUpdate,
    responses: { 200: null },
    audit: audit.of('update'),
    async handle(call) {
      const { principal, params, body } = call;
      const robot = await robots.updateRobot(principal, params.robot_id, {
        id: body.id,
        name: body.name,
        level: body.level,
        description: body.description,
        duration: body.duration ?? undefined,
        isDisabled: body.disable,
        permissions: body.permissions ?? [],
        trusts: body.trusts?.map(trustOf),
      });
      audit.note(call, robot);
      return ok();
    },
  });
}

function secretRoute({ robots }: RobotsRoutesPorts, audit: RobotAudit): ApiRoute {
  return defineRoute({
    method: 'PATCH',
    path: '/robots/{robot_id}',
    operationId: 'RefreshSec',
    tag: 'robot',
    summary: 'Replace the secret of a robot, at once or with an overlap',
    can: can('update'),
    params: robotParams,
    body: secretRequest,
    responses: { 200: secretReply },
    audit: audit.of('update'),
    async handle(call) {
      const { principal, params, body } = call;
      const refreshed = await robots.refreshSecret(principal, params.robot_id, {
        secret: body.secret ?? undefined,
        keepOldSeconds: body.keep_old_seconds,
      });
      audit.note(call, refreshed.robot);
      return ok(presentSecret(refreshed));
    },
  });
}

type TrustRequest = NonNullable<z.output<typeof robotCreate>['trusts']>[number];

function trustOf({ preset, issuer, audience, conditions }: TrustRequest): RobotTrust {
  return {
    ...(preset !== undefined && { preset }),
    issuer,
    ...(audience !== undefined && { audience }),
    conditions,
  };
}
