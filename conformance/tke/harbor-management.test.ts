import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HarborView, harborOf } from './harbor-view.ts';
import { bodyOf, create, findByName, get, patch, refusalOf, unique } from './objects.ts';
import { openTkeWorld, type TkeWorld } from './world.ts';

let world: TkeWorld;
let view: HarborView;

beforeAll(async () => {
  world = await openTkeWorld('harbor');
  view = new HarborView(world);
});

afterAll(() => world?.close());

const post = (resource: string, spec: object) =>
  world.api(`/${resource}`, { as: 'admin', method: 'POST', json: bodyOf(resource, spec) });

const isProjectWrite = (method: string, path: string) =>
  method === 'POST' && path === '/api/v2.0/projects';

describe('scenario 20: objects have projects', () => {
  it.each([
    ['namespaces', 'image', 'Private'],
    ['chartgroups', 'chart', 'User'],
  ])('of %s, whose visibility follows in both directions', async (resource, kind, hidden) => {
    const name = unique('abc');
    const project = `default-${kind}-${name}`;
    const object = await create(world, resource, { name, visibility: 'Public' });
    expect(await view.isPublic(project)).toBe(true);
    const path = `/${resource}/${object.metadata.name}`;
    for (const visibility of [hidden, 'Public']) {
      const changed = await patch(world, path, { spec: { visibility } });
      expect(changed.status).toBe(200);
      expect(await view.isPublic(project)).toBe(visibility === 'Public');
    }
    const other = unique('private');
    await create(world, resource, { name: other, visibility: hidden });
    expect(await view.isPublic(`default-${kind}-${other}`)).toBe(false);
  });

  it('B41: of a tenant that a privileged caller names', async () => {
    const name = unique('abc');
    await create(world, 'namespaces', { name, tenantID: 't7' });
    expect(await view.findProject(`t7-image-${name}`)).toBeDefined();
  });
});

describe('scenario 21: when Harbor fails', () => {
  it.each([
    [401, 503, 'ServiceUnavailable'],
    [500, 503, 'ServiceUnavailable'],
    [503, 503, 'ServiceUnavailable'],
    ['cut', 503, 'ServiceUnavailable'],
  ] as const)('by %s, nothing is made and it can be tried again', async (mode, code, reason) => {
    const name = unique('abc');
    harborOf(world).fail(mode, isProjectWrite);
    const refused = await post('namespaces', { name }).finally(() =>
      harborOf(world).fail(undefined),
    );
    expect(refusalOf(refused)).toMatchObject({ code, reason, details: { name } });
    expect(await findByName(world, '/namespaces', name)).toBeUndefined();
    expect(await view.findProject(`default-image-${name}`)).toBeUndefined();
    await create(world, 'namespaces', { name });
    expect(await view.findProject(`default-image-${name}`)).toBeDefined();
  });

  it('by 409, because somebody else was faster', async () => {
    const name = unique('abc');
    harborOf(world).fail(409, isProjectWrite);
    const refused = await post('namespaces', { name }).finally(() =>
      harborOf(world).fail(undefined),
    );
    expect(refusalOf(refused)).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(await findByName(world, '/namespaces', name)).toBeUndefined();
    await create(world, 'namespaces', { name });
  });

  it('B14: by no answer at all, that is a Timeout', { timeout: 60_000 }, async () => {
    const name = unique('abc');
    harborOf(world).fail('slow', isProjectWrite);
    const refused = await post('namespaces', { name }).finally(() =>
      harborOf(world).fail(undefined),
    );
    expect(refusalOf(refused)).toMatchObject({ code: 504, reason: 'Timeout' });
    expect(await findByName(world, '/namespaces', name)).toBeUndefined();
    await create(world, 'namespaces', { name });
  });

  it('after it made the project, that is as good as an answer', async () => {
    const name = unique('abc');
    harborOf(world).fail('lost', isProjectWrite);
    await create(world, 'namespaces', { name }).finally(() => harborOf(world).fail(undefined));
    expect(await view.findProject(`default-image-${name}`)).toBeDefined();
  });

  it('B41: after it made the project, and then for good, the project goes again', async () => {
    const name = unique('abc');
    const project = `default-image-${name}`;
    let isMade = false;
    harborOf(world).fail((method, path) => {
      if (isMade) return 502;
      isMade = isProjectWrite(method, path);
      return isMade ? 'lost' : undefined;
    });
    const refused = await post('namespaces', { name });
    expect(refusalOf(refused)).toMatchObject({ code: 503 });
    expect(await findByName(world, '/namespaces', name)).toBeUndefined();
    expect(await view.findProject(project)).toBeDefined();
    harborOf(world).fail(undefined);
    await vi.waitFor(async () => expect(await view.findProject(project)).toBeUndefined(), {
      timeout: 30_000,
      interval: 100,
    });
    await create(world, 'namespaces', { name });
  });

  it('the visibility of before stays, and changes when it is tried again', async () => {
    const name = unique('abc');
    const { metadata } = await create(world, 'namespaces', { name, visibility: 'Public' });
    const path = `/namespaces/${metadata.name}`;
    harborOf(world).fail(500, (method) => method === 'PUT');
    const refused = await patch(world, path, { spec: { visibility: 'Private' } }).finally(() =>
      harborOf(world).fail(undefined),
    );
    expect(refusalOf(refused)).toMatchObject({ code: 503 });
    expect((await get(world, path)).spec['visibility']).toBe('Public');
    expect((await patch(world, path, { spec: { visibility: 'Private' } })).status).toBe(200);
    expect(await view.isPublic(`default-image-${name}`)).toBe(false);
  });
});

it('names nothing internal in any answer', () => {
  expect(world.leaks()).toEqual([]);
});
