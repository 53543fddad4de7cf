import { type ApiRoute, decided, defineRoute, ok } from '../api/index.ts';
import { getCatalogue } from './permission-catalogue.ts';
import type { RobotRepository } from './robot.repository.ts';
import { permissionsSchema } from './robots.schema.ts';

/** Harbor's `/permissions`. */
export function permissionsRoutes(ports: {
  readonly robots: Pick<RobotRepository, 'isProjectAdmin'>;
}): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/permissions',
      operationId: 'getPermissions',
      tag: 'permissions',
      summary: 'Get what robots may be given',
      can: decided('administrators, and for projects whoever administers one'),
      responses: { 200: permissionsSchema },
      handle: async ({ principal }) => ok(await getCatalogue(ports.robots, principal)),
    }),
  ];
}
