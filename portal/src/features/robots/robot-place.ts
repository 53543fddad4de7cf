import type { QueryClient } from '@tanstack/react-query';
import { queryOptions } from '@tanstack/react-query';
import { api, done, one } from '../../lib/api.ts';
import { type Robot, type RobotBody, robotBody } from './robot-draft.ts';

/** Whose robots a list is of, and what the reader may do to them. */
export interface RobotPlace {
  /** Undefined: those of the registry. */
  readonly project: { readonly id: number; readonly name: string } | undefined;
  readonly mayCreate: boolean;
  readonly mayUpdate: boolean;
  readonly mayDelete: boolean;
}

/** What robots may be given, as far as the reader could give it. */
export const catalogueQuery = queryOptions({
  queryKey: ['robot-catalogue'],
  queryFn: ({ signal }) => one(api.GET('/api/v2.0/permissions', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export async function updateRobot(robot: Robot, change: Partial<RobotBody>): Promise<void> {
  await done(
    api.PUT('/api/v2.0/robots/{robot_id}', {
      params: { path: { robot_id: robot.id } },
      body: robotBody(robot, change),
    }),
  );
}

export async function deleteRobot({ id }: Robot): Promise<void> {
  await done(api.DELETE('/api/v2.0/robots/{robot_id}', { params: { path: { robot_id: id } } }));
}

export function robotsChanged(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: ['robots'] });
}
