import { randomBytes } from 'node:crypto';
import type { Context } from './context.ts';
import { createGoClient, type GoClient, type Login } from './go-client.ts';

/** What go-client writes for a date that nobody set. */
export const ZERO_TIME = '0001-01-01T00:00:00.000Z';
/** Harbor takes `{project_name_or_id}` for a name, or for an id, by this header. */
export const byName = { headers: { 'x-is-resource-name': 'true' } } as const;
export const byId = { headers: { 'x-is-resource-name': 'false' } } as const;

/** What the commands of one run of harbor-cli work with. */
export interface World {
  readonly admin: GoClient;
  login(as: Login): GoClient;
  readonly wrongPassword: string;
  readonly username: string;
  readonly project: string;
  readonly robotName: string;
  /** Filled as the steps go. */
  readonly ids: Map<Thing, number>;
}

type Thing = 'project' | 'user' | 'member' | 'robot';

export function createWorld(context: Context): World {
  const { registry } = context;
  const suffix = randomBytes(4).toString('hex');
  const login = (as: Login) =>
    createGoClient({ registry, login: as, headers: { accept: 'application/json' } });
  return {
    admin: login(registry),
    login,
    wrongPassword: context.wrongPassword,
    username: `cli-${suffix}`,
    project: `cli-${suffix}`,
    robotName: `robot-${suffix}`,
    ids: new Map(),
  };
}

/** @throws Error when no step before has made it */
export function idOf({ ids }: World, of: Thing): number {
  const id = ids.get(of);
  if (id === undefined) throw new Error(`an earlier step did not make the ${of}`);
  return id;
}
