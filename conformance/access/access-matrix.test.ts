import { afterAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../registry.ts';
import { type Letter, letters } from './caller.ts';
import { createFixture } from './fixture.ts';
import { createMatrix } from './matrix.ts';
import { listRoutes, NO_ID, nothing, Supplies, send, type Target } from './rest-requests.ts';
import {
  accountRows,
  contentRows,
  labelRows,
  labelsRows,
  projectRows,
  retentionRows,
  robotReaders,
  robotRows,
  systemRobotReaders,
  systemRobotRows,
  systemRobotsRows,
  systemRows,
  workRows,
} from './rest-table.ts';
import { walk } from './walk.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const fixture = await createFixture(registry);
const { callers, own, foreign, missing } = fixture;
const routes = await listRoutes(fixture);
const supplies = new Supplies(fixture);
const { routeOf, walkRow, expectAlike } = createMatrix(fixture, routes);

const inOwn: Target = { project: own.name, projectId: own.id, objects: nothing, level: 'project' };
const inForeign: Target = { ...inOwn, project: foreign.name, projectId: foreign.id };
const inMissing: Target = { ...inOwn, project: missing, projectId: NO_ID };
const inSystem: Target = { ...inOwn, level: 'system' };

describe('the table of the REST API', () => {
  it('has each route, and nothing else', () => {
    const listed = [
      ...projectRows,
      ...contentRows,
      ...retentionRows,
      ...workRows,
      ...labelsRows,
      ...labelRows,
      ...robotRows,
      ...systemRobotRows,
      ...systemRobotsRows,
      ...systemRows,
      ...accountRows,
    ].map(([operationId]) => operationId);
    expect([...new Set(listed)].toSorted()).toEqual(
      routes.map(({ operationId }) => operationId).toSorted(),
    );
  });

  it('has every kind of caller', () => {
    expect(
      callers
        .map(({ letter }) => letter)
        .toSorted()
        .join(''),
    ).toBe(letters.toSorted().join(''));
  });
});

describe('a right in a project', () => {
  const memberRows = /Member$/;
  const supplyOf = (operationId: string, which: 'own' | 'foreign') => async () => {
    if (operationId.includes('ProjectMetadata')) await supplies.putMetadata(which);
    if (!memberRows.test(operationId)) return nothing;
    return { ...nothing, mid: await supplies.getMember(which) };
  };

  it.each(projectRows)('%s is for %s', async (operationId, allowed) => {
    const inOwnSeen = await walkRow(operationId, inOwn, supplyOf(operationId, 'own'), {
      isThere: true,
    });
    expect(inOwnSeen.faults).toEqual([]);
    expect(inOwnSeen.allowed).toBe(allowed);
    const there = await walkRow(operationId, inForeign, supplyOf(operationId, 'foreign'), {
      isThere: true,
    });
    expect(there.faults).toEqual([]);
    expect(there.allowed).toBe('s');
    const absent = await walkRow(operationId, inMissing, () => nothing, { success: 404 });
    expect(absent.faults).toEqual([]);
    expect(absent.allowed).toBe('s');
    expectAlike(there, absent, (letter) => letter !== 's');
  });

  it.each(projectRows.filter(([id]) => !id.endsWith('Robot')))(
    '%s is refused alike by id',
    async (operationId) => {
      const { path } = routeOf(operationId);
      if (!path.includes('{project_name_or_id}')) return;
      const supply = supplyOf(operationId, 'foreign');
      const there = await walkRow(operationId, { ...inForeign, project: `${foreign.id}` }, supply);
      const absent = await walkRow(operationId, { ...inMissing, project: `${NO_ID}` }, supply);
      expect([there.allowed, absent.allowed]).toEqual(['s', 's']);
      expectAlike(there, absent, (letter) => letter !== 's');
    },
  );
});

describe('a right on robots', () => {
  const hidden = (readers: string) => (letter: Letter) => (readers.includes(letter) ? 403 : 404);

  const rows = [
    ...robotRows.map(([id, allowed]) => [id, 'own', allowed, robotReaders] as const),
    ...robotRows.map(([id]) => [id, 'foreign', 's', 's'] as const),
    ...systemRobotRows.map(([id, allowed]) => [id, 'system', allowed, systemRobotReaders] as const),
  ];

  it.each(rows)(
    '%s on the %s robot is for %s, as one that %s know',
    async (id, which, allowed, readers) => {
      const ids = [`${NO_ID}`];
      async function supply() {
        const robotId = await supplies.getRobot(which);
        ids.push(`${robotId}`);
        return { ...nothing, robot_id: robotId };
      }
      const there = await walkRow(id, inSystem, supply, { denial: hidden(readers) });
      expect(there.faults).toEqual([]);
      expect(there.allowed).toBe(allowed);
      const absent = await walkRow(id, inSystem, () => nothing, { denial: () => 404 });
      expect([absent.faults, absent.allowed]).toEqual([[], '']);
      expectAlike(there, absent, (letter) => !readers.includes(letter), ids);
    },
  );

  it.each(systemRobotsRows)('of the system: %s is for %s', async (operationId, allowed) => {
    const seen = await walkRow(operationId, inSystem, () => nothing, { isThere: true });
    expect(seen.faults).toEqual([]);
    expect(seen.allowed).toBe(allowed);
  });
});

describe('a right in the system', () => {
  /** Their objects are never there, or need not be. */
  const absent = new Set([
    'getCert',
    'getIcon',
    'deleteCurrentUserSession',
    'deleteCurrentUserToken',
    'headProject',
  ]);

  async function supply() {
    return {
      ...nothing,
      user_id: await supplies.getUser(),
      group_id: await supplies.getGroup(),
      id: own.quotaId,
    };
  }

  it.each(systemRows)('%s is for %s', async (operationId, allowed) => {
    const there = await walkRow(operationId, inSystem, supply, {
      isThere: !absent.has(operationId),
    });
    expect(there.faults).toEqual([]);
    expect(there.allowed).toBe(allowed);
    if (!routeOf(operationId).path.includes('{') || absent.has(operationId)) return;
    const gone = await walkRow(operationId, inSystem, () => nothing);
    expect([gone.faults, gone.allowed]).toEqual([[], allowed]);
    expectAlike(there, gone, (letter) => !allowed.includes(letter));
  });
});

describe('a right on accounts', () => {
  it.each(accountRows)('%s is for %s, on others for %s', async (operationId, mine, others) => {
    const route = routeOf(operationId);
    const aim = (id: number): Target => ({ ...inSystem, objects: { ...nothing, user_id: id } });
    const users = callers.filter(({ userId }) => userId !== undefined);
    const seen = await walk(
      users,
      (caller) => send(fixture, route, caller, aim(caller.userId ?? NO_ID)),
      { isThere: true },
    );
    expect([seen.faults, seen.allowed]).toEqual([[], mine]);
    const there = await walk(callers, (caller) => send(fixture, route, caller, aim(own.prey.id)), {
      isThere: true,
    });
    const gone = await walk(callers, (caller) => send(fixture, route, caller, aim(NO_ID)), {
      success: 404,
    });
    expect([there.faults, there.allowed]).toEqual([[], others]);
    expect([gone.faults, gone.allowed]).toEqual([[], others]);
    expectAlike(there, gone, (letter) => !others.includes(letter));
  });
});

describe('whether a project exists', () => {
  it('is told by no HEAD to those who cannot see it', async () => {
    const head = (name: string) =>
      walk(
        callers,
        ({ authorization }) =>
          fixture.api('HEAD', `/projects?project_name=${name}`, { authorization }),
        { denial: () => 404 },
      );
    const [mine, there, absent] = [
      await head(own.name),
      await head(foreign.name),
      await head(missing),
    ];
    expect([mine.allowed, there.allowed, absent.allowed]).toEqual(['lgdmpsrR', 's', '']);
    expect([...mine.faults, ...there.faults, ...absent.faults]).toEqual([]);
    expectAlike(there, absent, (letter) => letter !== 's');
  });
});
