import { uploadChart } from './chart-files.ts';
import type { Answer } from './http.ts';
import { bodyOf, create, parseObject, type TkeObject, unique } from './objects.ts';
import type { TkeCall, TkeWorld } from './world.ts';

export const TENANT = 'alpha';
export const FOREIGN_TENANT = 'beta';
const PROJECT = 'prj-a';
const ADMIN = { as: 'admin', tenant: TENANT };
const VERSION = '1.0.0';

/** A path below the group's version, and what is sent there. */
export interface SceneRequest {
  readonly path: string;
  readonly call: TkeCall;
  /** Its name, when it is about one object. */
  readonly name: string | undefined;
}

/** Objects of the tenant that requests are about; those that were used up are made again. */
export class Scene {
  readonly #world: TkeWorld;
  readonly #objects = new Map<string, TkeObject>();
  #namespace: TkeObject | undefined;
  #group: TkeObject | undefined;

  constructor(world: TkeWorld) {
    this.#world = world;
  }

  /** The people, and the parents of what is namespaced. */
  async open(): Promise<void> {
    const world = this.#world;
    const inProject = (role: 'owner' | 'member') => [{ name: PROJECT, role }];
    await world.createUser('outsider', { tenant: FOREIGN_TENANT, role: 'admin' });
    await world.createUser('viewer', { tenant: TENANT, role: 'viewer' });
    await world.createUser('member', { tenant: TENANT, role: 'member' });
    await world.createUser('worker', { tenant: TENANT, projects: inProject('member') });
    await world.createUser('owner', { tenant: TENANT, projects: inProject('owner') });
    await world.createUser('tenant-admin', { tenant: TENANT, role: 'admin' });
    await world.createUser('spare');
    await world.createUser('target');
    this.#namespace = await create(world, 'namespaces', this.#specOf('namespaces'), ADMIN);
    this.#group = await create(world, 'chartgroups', this.#specOf('chartgroups'), ADMIN);
  }

  /** One request for a verb on a resource or one of its parts, as it would succeed. */
  async requestOf(resource: string, part: string, verb: string): Promise<SceneRequest> {
    if (part === '' && verb === 'create') return this.#createOf(resource);
    const object = await this.#ensure(resource);
    const { name } = object.metadata;
    const all = this.#collectionOf(resource);
    const selector = `fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
    if (verb === 'list') return { path: all, call: {}, name: undefined };
    if (verb === 'watch') {
      return { path: `${all}?watch=true&timeoutSeconds=1`, call: {}, name: undefined };
    }
    if (verb === 'deletecollection') {
      return { path: `${all}?${selector}`, call: { method: 'DELETE' }, name: undefined };
    }
    const one = `${all}/${name}${part === '' ? '' : `/${part}`}`;
    if (part === 'version') await this.#ensureVersion(object);
    const path = part === 'version' ? `${one}/${VERSION}` : one;
    return { path, name, call: callFor(verb, object) };
  }

  /** Takes away what a create made. */
  async remove(resource: string, { metadata }: TkeObject): Promise<void> {
    const path = `${this.#collectionOf(resource)}/${metadata.name}`;
    expectStatus(200, await this.#world.api(path, { ...ADMIN, method: 'DELETE' }));
  }

  #createOf(resource: string, isTarget = false): SceneRequest {
    const spec = this.#specOf(resource, isTarget);
    const json =
      resource === 'configmaps'
        ? bodyOf(resource, {}, { metadata: { name: unique('cm') }, data: { a: 'b' } })
        : bodyOf(resource, spec);
    return { path: this.#collectionOf(resource), call: { method: 'POST', json }, name: undefined };
  }

  async #ensure(resource: string): Promise<TkeObject> {
    const all = this.#collectionOf(resource);
    const known = this.#objects.get(resource);
    if (known !== undefined) {
      const { status, json } = await this.#world.api(`${all}/${known.metadata.name}`, ADMIN);
      if (status === 200) return parseObject(json);
    }
    const { call } = this.#createOf(resource, true);
    const answer = await this.#world.api(all, { ...ADMIN, ...call });
    const made = parseObject(expectStatus(201, answer).json);
    this.#objects.set(resource, made);
    return made;
  }

  async #ensureVersion({ spec }: TkeObject): Promise<void> {
    const group = String(spec['chartGroupName']);
    const chart = { name: String(spec['name']), version: VERSION };
    const answer = await uploadChart(this.#world, group, chart, ADMIN);
    if (answer.status !== 409) expectStatus(201, answer);
  }

  #collectionOf(resource: string): string {
    if (resource === 'repositories') return `/namespaces/${nameOf(this.#namespace)}/repositories`;
    if (resource === 'charts') return `/namespaces/${nameOf(this.#group)}/charts`;
    return `/${resource}`;
  }

  /** A spec as the reference has it; `isTarget`: of the object that requests are about. */
  #specOf(resource: string, isTarget = false): object {
    const common = { name: unique('made'), tenantID: TENANT };
    const projects = [PROJECT];
    switch (resource) {
      case 'namespaces':
        return { ...common, visibility: 'Private', type: 'Project', projects };
      case 'chartgroups':
        return { ...common, visibility: 'Project', projects };
      case 'repositories':
        return { ...common, visibility: 'Private', namespaceName: this.#namespace?.spec['name'] };
      case 'charts':
        return { ...common, visibility: 'Project', chartGroupName: this.#group?.spec['name'] };
      case 'members':
        return { tenantID: TENANT, username: isTarget ? 'target' : 'spare', role: 'viewer' };
      default:
        return {};
    }
  }
}

function callFor(verb: string, object: TkeObject): TkeCall {
  switch (verb) {
    case 'update':
      return { method: 'PUT', json: object };
    case 'patch':
      return {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify({ metadata: { annotations: { seen: unique('by') } } }),
      };
    case 'delete':
      return { method: 'DELETE' };
    // Of a part: a call.
    case 'create':
      return { method: 'POST' };
    default:
      return {};
  }
}

function nameOf(parent: TkeObject | undefined): string {
  if (parent === undefined) throw new Error('the scene was not opened');
  return parent.metadata.name;
}

/** @throws Error for another one */
function expectStatus(status: number, answer: Answer): Answer {
  if (answer.status !== status) throw new Error(`${answer.status} not ${status}: ${answer.text}`);
  return answer;
}
