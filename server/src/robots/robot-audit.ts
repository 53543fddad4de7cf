import { fullName, type Robot } from './robot.ts';

/** Tells the audit log which robot a call was about, which its path may not. */
export interface RobotAudit {
  /** Remembers the robot of a call; gives it back. */
  note(call: object, robot: Robot): Robot;
  /** The `audit` of a route. */
  of(operation: 'create' | 'update' | 'delete'): {
    readonly operation: string;
    readonly resourceType: string;
    resource(call: { readonly path: string; readonly body: unknown }): string;
    projectId(call: object): number | undefined;
  };
}

export function createRobotAudit(robotPrefix: () => string): RobotAudit {
  const robots = new WeakMap<object, Robot>();
  return {
    note(call, robot) {
      robots.set(call, robot);
      return robot;
    },
    of: (operation) => ({
      operation,
      resourceType: 'robot',
      resource(call) {
        const robot = robots.get(call);
        return robot === undefined
          ? (wantedName(call.body) ?? call.path)
          : fullName(robotPrefix(), robot);
      },
      projectId: (call) => robots.get(call)?.projectId,
    }),
  };
}

/** What a robot was to be called that was not made. */
function wantedName(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('name' in body)) return undefined;
  return typeof body.name === 'string' ? body.name : undefined;
}
