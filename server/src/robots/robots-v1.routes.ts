import type { Principal } from '../access/index.ts';
import {
  type ApiRoute,
  created,
  defineRoute,
  idParam,
  listed,
  listQuery,
  ok,
  pageRange,
  project,
  projectParams,
  refusalFor,
} from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import { presentCreated, presentRobot } from './robot.presenter.ts';
import { createRobotAudit, type RobotAudit } from './robot-audit.ts';
import { parseProjectRobotQuery } from './robot-query.ts';
import type { RobotsRoutesPorts } from './robots.routes.ts';
import { robotCreated, robotCreateV1, robotSchema, robotUpdate } from './robots.schema.ts';

const robotParams = projectParams.extend({ robot_id: idParam });
const TAG = 'robotv1';

/** Harbor's robots below their project, as its first version had them. */
export function robotsV1Routes({ robots, robotPrefix }: RobotsRoutesPorts): ApiRoute[] {
  const audit = createRobotAudit(robotPrefix);
  return [
    defineRoute({
      method: 'GET',
      path: '/projects/{project_name_or_id}/robots',
      operationId: 'ListRobotV1',
      tag: TAG,
      summary: 'List the robots of a project',
      can: project('robot', 'list', { authenticated: true }),
      params: projectParams,
      query: listQuery,
      responses: { 200: robotSchema.array() },
      async handle({ principal, query, project }) {
        const filter = parseProjectRobotQuery(query, project.id);
        const found = await robots.listRobots(principal, filter, pageRange(query));
        return listed(
          found.robots.map((robot) => presentRobot(robot, robotPrefix())),
          found.total,
        );
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/projects/{project_name_or_id}/robots',
      operationId: 'CreateRobotV1',
      tag: TAG,
      summary: 'Create a robot of a project; its secret is told once',
      can: project('robot', 'create', { authenticated: true }),
      params: projectParams,
      body: robotCreateV1,
      responses: { 201: robotCreated },
      audit: audit.of('create'),
      async handle(call) {
        const { principal, project, body, path } = call;
        const access = body.access.map(({ resource, ...entry }) => ({
          ...entry,
          resource: parseResource(principal, resource, project.id),
        }));
        const { robot, secret } = await robots.createRobot(principal, {
          name: body.name,
          description: body.description ?? '',
          level: 'project',
          duration: daysUntil(body.expires_at ?? -1),
          isDisabled: false,
          permissions: [{ kind: 'project', namespace: project.name, access }],
          trusts: [],
        });
        audit.note(call, robot);
        return created(`${path}/${robot.id}`, presentCreated(robot, secret, robotPrefix()));
      },
    }),
    ...singleRobotRoutes({ robots, robotPrefix }, audit),
  ];
}

function singleRobotRoutes(
  { robots, robotPrefix }: RobotsRoutesPorts,
  audit: RobotAudit,
): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/projects/{project_name_or_id}/robots/{robot_id}',
      operationId: 'GetRobotByIDV1',
      tag: TAG,
      summary: 'Get a robot of a project',
      can: project('robot', 'read', { authenticated: true }),
      params: robotParams,
      responses: { 200: robotSchema },
      async handle({ principal, params, project }) {
        const robot = await robots.getRobot(principal, params.robot_id, project.id);
        return ok(presentRobot(robot, robotPrefix()));
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/projects/{project_name_or_id}/robots/{robot_id}',
      operationId: 'UpdateRobotV1',
      tag: TAG,
      summary: 'Disable, enable or describe a robot of a project',
      can: project('robot', 'update', { authenticated: true }),
      params: robotParams,
      body: robotUpdate,
      responses: { 200: null },
      audit: audit.of('update'),
      async handle(call) {
        const { principal, params, body, project } = call;
        const { id, name, level, description, disable } = body;
        const update = { id, name, level, description, isDisabled: disable };
        audit.note(call, await robots.updateRobot(principal, params.robot_id, update, project.id));
        return ok();
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/projects/{project_name_or_id}/robots/{robot_id}',
      operationId: 'DeleteRobotV1',
      tag: TAG,
      summary: 'Delete a robot of a project',
      can: project('robot', 'delete', { authenticated: true }),
      params: robotParams,
      responses: { 200: null },
      audit: audit.of('delete'),
      async handle(call) {
        const { principal, params, project } = call;
        audit.note(call, await robots.deleteRobot(principal, params.robot_id, project.id));
        return ok();
      },
    }),
  ];
}

/** `/project/1/repository` becomes `repository`, `/project/1` the project itself. */
function parseResource(principal: Principal, resource: string, projectId: number): string {
  const [, id, name = 'project'] = /^\/project\/(\d{1,15})(?:\/([a-z-]+))?$/.exec(resource) ?? [];
  if (id === undefined) {
    throw new AppError('invalid', 'a resource must be like /project/<id>/repository');
  }
  // CVE-2019-16919: an administrator of one project gave rights in another.
  if (Number(id) !== projectId) throw refusalFor(principal);
  return name;
}

const DAY_SECONDS = 86_400;

/** Whole days from now to a time in seconds since the Unix epoch; -1 and 0 are never. */
function daysUntil(seconds: number): number {
  if (seconds === -1 || seconds === 0) return -1;
  const left = seconds - Date.now() / 1000;
  if (left <= 0) throw new AppError('invalid', 'expires_at must be in the future, or -1');
  return Math.ceil(left / DAY_SECONDS);
}
