import { randomUUID } from 'node:crypto';
import type { Digest } from '@berth/oci';
import { addImage, createDataSet, randomHex } from '../data.ts';
import { basic, type TestRegistry } from '../registry.ts';
import { createApi, expectStatus } from './api.ts';
import type { Caller, Letter } from './caller.ts';
import {
  createStage,
  type Person,
  ROLE,
  type Robot,
  type RobotPermission,
  type Stage,
} from './people.ts';

/** What a request to `/v2` names. */
export interface RepositoryFacts {
  readonly name: string;
  readonly tag: string;
  readonly manifest: Digest;
  readonly blob: Digest;
  readonly upload: string;
}

export interface ProjectFacts {
  readonly name: string;
  readonly id: number;
  readonly repository: RepositoryFacts;
  /** A member and a robot that requests are about; the robot is no caller. */
  readonly prey: Person;
  readonly robot: Robot;
  readonly quotaId: number;
}

export interface Fixture extends Stage {
  readonly callers: readonly Caller[];
  readonly own: ProjectFacts;
  readonly foreign: ProjectFacts;
  /** There is no such project. */
  readonly missing: string;
  readonly systemRobot: Robot;
}

/** Pushes a small image as the administrator. */
export async function pushImage(registry: TestRegistry, name: string): Promise<RepositoryFacts> {
  const set = createDataSet();
  const { digest: manifest } = addImage(set, { layerCount: 1, tags: ['latest'] });
  const [blob] = set.blobs.keys();
  if (blob === undefined) throw new Error('an image without blobs');
  for (const [digest, bytes] of set.blobs) await registry.client.blobPush(name, digest, bytes);
  for (const { bytes, descriptor } of set.manifests) {
    await registry.client.manifestPut(name, 'latest', bytes, descriptor.mediaType);
  }
  return { name, tag: 'latest', manifest, blob, upload: randomUUID() };
}

/** Two projects alike, and every kind of caller, all of them at home in the first one only. */
export async function createFixture(registry: TestRegistry): Promise<Fixture> {
  const admin = basic(registry.username, registry.password);
  const stage = createStage(createApi(registry.url), admin);
  const catalogue = await stage.getCatalogue();
  const suffix = randomHex(4);
  const inProject = (namespace: string): RobotPermission => ({
    kind: 'project',
    namespace,
    access: catalogue.project,
  });
  const everywhere: RobotPermission = {
    kind: 'system',
    namespace: '/',
    access: catalogue.system,
  };
  const own = await createProject(registry, stage, `own-${suffix}`, inProject);
  const foreign = await createProject(registry, stage, `foreign-${suffix}`, inProject);
  const rights = [everywhere, inProject(own.name)];
  const machines: [Letter, Robot][] = [
    ['r', await stage.createRobot('project', [inProject(own.name)])],
    ['R', await stage.createRobot('system', rights)],
  ];
  const callers: Caller[] = [
    { letter: 'a', authorization: undefined, userId: undefined },
    ...(await createMembers(stage, own.name)),
    { letter: 's', authorization: admin, userId: 1 },
    ...machines.map(([letter, { authorization }]) => ({
      letter,
      authorization,
      userId: undefined,
    })),
    await createDisabled(stage, rights),
  ];
  return {
    ...stage,
    callers,
    own,
    foreign,
    missing: `missing-${suffix}`,
    systemRobot: await stage.createRobot('system', [everywhere]),
  };
}

const DISABLED_ROBOTS = 24;
const GUESSES = 15;

/** One after the other, since the same wrong secret too often is refused with 429. */
async function createDisabled(stage: Stage, rights: readonly RobotPermission[]): Promise<Caller> {
  const robots = await Promise.all(
    Array.from({ length: DISABLED_ROBOTS }, () => stage.createRobot('system', rights)),
  );
  for (const { id } of robots) {
    const body = { disable: true, permissions: rights };
    const disabled = stage.api('PUT', `/robots/${id}`, { authorization: stage.admin, body });
    await expectStatus(200, disabled);
  }
  let calls = 0;
  return {
    letter: 'x',
    userId: undefined,
    get authorization() {
      const robot = robots[Math.floor(calls / GUESSES)];
      if (robot === undefined) throw new Error('more disabled robots are needed');
      calls += 1;
      return robot.authorization;
    },
  };
}

async function createMembers(stage: Stage, project: string): Promise<Caller[]> {
  const roles: [Letter, number | undefined][] = [
    ['o', undefined],
    ['l', ROLE.limitedGuest],
    ['g', ROLE.guest],
    ['d', ROLE.developer],
    ['m', ROLE.maintainer],
    ['p', ROLE.projectAdmin],
  ];
  return Promise.all(
    roles.map(async ([letter, role]) => {
      const { id, authorization } = await stage.createPerson();
      if (role !== undefined) await stage.addMember(project, id, role);
      return { letter, authorization, userId: id };
    }),
  );
}

async function createProject(
  registry: TestRegistry,
  stage: Stage,
  name: string,
  inProject: (namespace: string) => RobotPermission,
): Promise<ProjectFacts> {
  const { api, admin } = stage;
  const id = await stage.createProject(name);
  const prey = await stage.createPerson();
  await stage.addMember(name, prey.id, ROLE.guest);
  const repository = await pushImage(registry, `${name}/app`);
  const quotas = await api('GET', `/quotas?reference_id=${id}`, { authorization: admin });
  const [quota] = Array.isArray(quotas.json) ? quotas.json : [];
  return {
    name,
    id,
    prey,
    repository,
    quotaId: Number(quota?.id),
    robot: await stage.createRobot('project', [inProject(name)]),
  };
}
