import { afterAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../registry.ts';
import { createdId, expectStatus } from './api.ts';
import type { Letter } from './caller.ts';
import { Content } from './content.ts';
import { labelOrder } from './content-requests.ts';
import { createFixture } from './fixture.ts';
import { createMatrix } from './matrix.ts';
import { listRoutes, NO_ID, nothing, type Target } from './rest-requests.ts';
import {
  contentRows,
  everybody,
  knownVisitorOperations,
  labelReaders,
  labelRows,
  labelsRows,
  loggedIn,
  projectRows,
  visitorOperations,
} from './rest-table.ts';
import type { Walk } from './walk.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const fixture = await createFixture(registry);
const { api, admin, own, foreign, missing } = fixture;
const { routeOf, walkRow, expectAlike } = createMatrix(fixture, await listRoutes(fixture));
const ports = { registry, api, admin };
const contents = { own: new Content(ports, own), foreign: new Content(ports, foreign) };

const inOwn: Target = { project: own.name, projectId: own.id, objects: nothing, level: 'project' };
const inForeign: Target = { ...inOwn, project: foreign.name, projectId: foreign.id };
const inMissing: Target = { ...inOwn, project: missing, projectId: NO_ID };
const inSystem: Target = { ...inOwn, level: 'system' };

/** Whoever was let through got what it asked for. */
function expectSuccess({ answers, allowed, faults }: Walk, letters: string): void {
  expect([faults, allowed]).toEqual([[], letters]);
  const failed = [...answers].filter(([letter, { status }]) => {
    return allowed.includes(letter) && status >= 400;
  });
  expect(failed.map(([letter, { status, text }]) => `${letter}: ${status} ${text}`)).toEqual([]);
}

describe('a right on what a project holds', () => {
  const notAdmin = (letter: Letter) => letter !== 's';

  it.each(contentRows)('%s is for %s', async (id, allowed) => {
    expectSuccess(await walkRow(id, inOwn, () => contents.own.supply(id)), allowed);
    const there = await walkRow(id, inForeign, () => contents.foreign.supply(id));
    expectSuccess(there, 's');
    const absent = await walkRow(id, inMissing, () => nothing, { success: 404 });
    expect([absent.faults, absent.allowed]).toEqual([[], 's']);
    expectAlike(there, absent, notAdmin);
  });

  it.each(contentRows.filter(([id]) => routeOf(id).path.includes('{project_name_or_id}')))(
    '%s is refused alike by id',
    async (id) => {
      const byId = { ...inForeign, project: `${foreign.id}` };
      const there = await walkRow(id, byId, () => contents.foreign.supply(id));
      const absent = await walkRow(id, { ...inMissing, project: `${NO_ID}` }, () => nothing);
      expect([there.allowed, absent.allowed]).toEqual(['s', 's']);
      expectAlike(there, absent, notAdmin);
    },
  );
});

describe('a right on labels', () => {
  const hidden = (readers: string) => (letter: Letter) => (readers.includes(letter) ? 403 : 404);

  it.each(labelsRows)('%s is for %s, of the system for %s', async (id, ofProject, ofSystem) => {
    expectSuccess(await walkRow(id, inOwn, () => nothing), ofProject);
    expectSuccess(await walkRow(id, inSystem, () => nothing), ofSystem);
    const there = await walkRow(id, inForeign, () => nothing);
    expectSuccess(there, 's');
    const absent = await walkRow(id, inMissing, () => nothing, { success: 404 });
    expect([absent.faults, absent.allowed]).toEqual([[], 's']);
    expectAlike(there, absent, (letter) => letter !== 's');
  });

  it.each(labelRows)('%s by id is for %s, of the system for %s', async (id, mine, ofSystem) => {
    const ids = [`${NO_ID}`];
    const supplyOf = (content: Content) => async () => {
      const labelId = await content.getLabel();
      ids.push(`${labelId}`);
      return { ...nothing, label_id: labelId };
    };
    const absent = await walkRow(id, inOwn, () => nothing, { denial: () => 404 });
    expect([absent.faults, absent.allowed]).toEqual([[], '']);
    for (const [target, content, readers, allowed] of [
      [inOwn, contents.own, labelReaders, mine],
      [inForeign, contents.foreign, 's', 's'],
    ] as const) {
      const there = await walkRow(id, target, supplyOf(content), { denial: hidden(readers) });
      expectSuccess(there, allowed);
      expectAlike(there, absent, (letter) => !readers.includes(letter), ids);
    }
    // Anybody may list those of the system: nothing is hidden.
    expectSuccess(await walkRow(id, inSystem, createSystemLabel), ofSystem);
  });

  async function createSystemLabel() {
    const body = labelOrder(inSystem);
    const made = expectStatus(201, api('POST', '/labels', { authorization: admin, body }));
    return { ...nothing, label_id: createdId(await made) };
  }
});

describe('a public project', async () => {
  const name = `${own.name}-open`;
  const open = { name, id: await fixture.createProject(name, true) };
  const content = new Content(ports, open);
  const inOpen: Target = { ...inOwn, project: name, projectId: open.id };

  it.each([...projectRows, ...contentRows].filter(([id]) => !id.endsWith('Robot')))(
    'opens %s to visitors as Harbor does',
    async (id) => {
      const supply = () => content.supply(id);
      const isOpen = visitorOperations.has(id);
      const visitors = knownVisitorOperations.has(id) ? loggedIn : 's';
      const { faults, allowed } = await walkRow(id, inOpen, supply);
      expect([faults, allowed]).toEqual([[], isOpen ? everybody : visitors]);
    },
  );

  it('opens its labels to visitors', async () => {
    expectSuccess(await walkRow('ListLabels', inOpen, () => nothing), everybody);
    const supply = async () => ({ ...nothing, label_id: await content.getLabel() });
    expectSuccess(await walkRow('GetLabelByID', inOpen, supply), everybody);
    for (const id of ['UpdateLabel', 'DeleteLabel', 'CreateLabel']) {
      const { faults, allowed } = await walkRow(id, inOpen, supply);
      expect([id, faults, allowed]).toEqual([id, [], 's']);
    }
  });
});
