import { afterAll, describe, expect, it } from 'vitest';
import { describeArtifacts } from './artifact-scenario.ts';
import { describeDirectories } from './directory-scenario.ts';
import { describeGarbageCollection } from './gc-scenario.ts';
import { describeImmutableRules } from './immutable-scenario.ts';
import { operations } from './index.ts';
import { describeJobService } from './jobservice-scenario.ts';
import { describeLabels } from './label-scenario.ts';
import { describeLists } from './list-scenario.ts';
import { describeMembers } from './member-scenario.ts';
import { fieldOf } from './model.ts';
import { describePeople } from './people-scenario.ts';
import { describeProjects } from './project-scenario.ts';
import { describePurge } from './purge-scenario.ts';
import { provoke, unreachable } from './refusals.ts';
import { describeRepositories } from './repository-scenario.ts';
import { describeRetention } from './retention-scenario.ts';
import { describeRobots } from './robot-scenario.ts';
import { describeAudit, describeSystem } from './system-scenario.ts';
import { describeTags } from './tag-scenario.ts';
import { describeWebhooks } from './webhook-scenario.ts';
import { openWorld } from './world.ts';

const world = await openWorld();
afterAll(() => world.registry.close());

const built = operations.filter(([, , , , , waitsFor]) => waitsFor === undefined);
const later = operations.filter(([, , , , , waitsFor]) => waitsFor !== undefined);
/** Successes that cannot be had yet, with what they wait for. */
const waiting = new Map([
  ['setScannerOfProject', 'scanners (row H13)'],
  ['setCliSecret', 'a browser that logs in at a provider (npm run test:clients)'],
]);

describe("the table of Harbor's operations", () => {
  it('has all 203, each once', () => {
    expect(operations).toHaveLength(203);
    expect(new Set(operations.map(([, , id]) => id)).size).toBe(203);
    expect(new Set(operations.map(([method, path]) => `${method} ${path}`)).size).toBe(203);
  });

  it('has every built operation in the OpenAPI document, under the same name', async () => {
    const { json } = await world.anonymous('GET', '/openapi.json');
    const absent = built.filter(
      ([method, path, id]) =>
        fieldOf(json, 'paths', `/api/v2.0${path}`, method.toLowerCase(), 'operationId') !== id,
    );
    expect(absent).toEqual([]);
  });

  it('has no operation as later that is there already', async () => {
    const { json } = await world.anonymous('GET', '/openapi.json');
    const there = later.filter(
      ([method, path]) =>
        fieldOf(json, 'paths', `/api/v2.0${path}`, method.toLowerCase()) !== undefined,
    );
    expect(there).toEqual([]);
  });

  it.each(later.map(([method, path]) => ({ method, path })))(
    'answers 404 in the envelope to $method $path, which is not built',
    async ({ method, path }) => {
      const target = path.replaceAll(/\{\w+\}/g, '1');
      const answer = await world.admin(method, target);
      // Another method of a path that is built is refused as such.
      const isShared = built.some(([, other]) => other === path);
      expect(answer.status).toBe(isShared ? 405 : 404);
      if (method !== 'HEAD')
        expect(answer.codes).toEqual([isShared ? 'METHOD_NOT_ALLOWED' : 'NOT_FOUND']);
    },
  );
});

describePeople(world);
describeProjects(world);
describeMembers(world);
describeRobots(world);
describeSystem(world);
describeRepositories(world);
describeArtifacts(world);
describeTags(world);
describeLabels(world);
describeImmutableRules(world);
describeWebhooks(world);
describeRetention(world);
describeGarbageCollection(world);
describePurge(world);
describeJobService(world);
describeAudit(world);
describeDirectories(world);
describeLists(world);

describe('of the documented answers', async () => {
  const outsider = await world.createPerson();
  const other = await world.createPerson();
  const project = await world.createProject();
  const { admin, anonymous, recorder } = world;
  const callers = {
    admin,
    anonymous,
    outsider: outsider.call,
    project: project.name,
    userId: other.id,
  };

  const refusals = built.flatMap((operation) =>
    operation[4]
      .filter((status) => !unreachable.has(`${operation[2]} ${status}`))
      .map((status) => ({ id: operation[2], status, operation })),
  );

  it.each(refusals)('$id refuses with $status', async ({ id, status, operation }) => {
    if (!recorder.seen(id).has(status)) await provoke(operation, status, callers);
    expect([...recorder.seen(id)]).toContain(status);
  });

  it('every built operation has succeeded', () => {
    const never = built.filter(
      ([, , id, successes]) =>
        !waiting.has(id) && !successes.some((status) => recorder.seen(id).has(status)),
    );
    expect(never.map(([, , id]) => id)).toEqual([]);
    process.stdout.write(`parity: ${built.length} of ${operations.length} operations built\n`);
  });
});
