import { randomBytes } from 'node:crypto';
import type { Context } from './context.ts';
import { createGoClient, type GoClient, type GoRequest, type Login } from './go-client.ts';

/** What the resources of one run work with. */
export interface World {
  readonly admin: GoClient;
  login(as: Login): GoClient;
  readonly name: string;
  /** The resources' ids: paths below `/api/v2.0`. */
  readonly state: Map<string, string>;
}

/** Names of its own, and Terraform's header on every request. */
export function createWorld({ registry }: Context): World {
  const headers = { 'content-type': 'application/json' };
  const login = (as: Login) => createGoClient({ registry, login: as, headers });
  const name = `tf-${randomBytes(4).toString('hex')}`;
  return { admin: login(registry), login, name, state: new Map() };
}

/** Creates, and notes the path in `Location` without `/api` and `/v2.0`. */
export async function create(
  world: World,
  resource: string,
  request: Pick<GoRequest, 'path' | 'body'>,
) {
  const answer = await world.admin.send({ method: 'POST', ...request }, 201);
  const id = answer.location?.replaceAll('/api', '').replaceAll('/v2.0', '');
  if (id?.startsWith(`${request.path}/`) !== true) throw new Error(`Location: ${answer.location}`);
  world.state.set(resource, id);
  return answer.body;
}

/** The resource at `path`, which must be there. */
export async function read(world: World, path: string): Promise<unknown> {
  return (await world.admin.send({ method: 'GET', path }, 200)).body;
}

/** @throws Error when no step before has made it */
export function pathOf({ state }: World, resource: string): string {
  const path = state.get(resource);
  if (path === undefined) throw new Error(`an earlier step did not make the ${resource}`);
  return path;
}
