import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { onEachProvider } from './each-provider.ts';
import type { Answer } from './http.ts';
import {
  bodyOf,
  create,
  expectStatus,
  get,
  list,
  nameOf,
  names,
  parseObject,
  patch,
  put,
  refusalOf,
  setStatus,
  shortRefusal,
  unique,
} from './objects.ts';
import { openWatch } from './watch-client.ts';

const GENERATED = '[bcdfghjklmnpqrstvwxz2456789]{8}';

const resourceList = z.looseObject({
  groupVersion: z.string(),
  resources: z.array(
    z.looseObject({
      name: z.string(),
      kind: z.string(),
      namespaced: z.boolean(),
      verbs: z.array(z.string()),
      shortNames: z.array(z.string()).default([]),
    }),
  ),
});

onEachProvider((world) => {
  const post = (resource: string, spec: object, more?: object): Promise<Answer> =>
    world().api(`/${resource}`, {
      as: 'admin',
      method: 'POST',
      json: bodyOf(resource, spec, more),
    });

  describe('scenario 1: objects are created, and the API describes itself', () => {
    it('a Namespace gets a name, a tenant and defaults', async () => {
      const answer = await post('namespaces', { name: 'test' });
      expect(answer.status).toBe(201);
      expect(parseObject(answer.json)).toMatchObject({
        apiVersion: 'registry.tkestack.io/v1',
        kind: 'Namespace',
        metadata: { name: expect.stringMatching(new RegExp(`^rns-${GENERATED}$`)) },
        spec: { name: 'test', tenantID: 'default', visibility: 'Public' },
        status: { repoCount: 0 },
      });
    });

    it.each([
      ['chartgroups', 'rcg', { visibility: 'Public', type: 'SelfBuilt', creator: 'admin' }],
      ['namespaces', 'rns', { visibility: 'Public' }],
    ])('%s get names of ours, whatever the client calls them', async (resource, prefix, spec) => {
      const name = unique('n');
      const answer = await post(resource, { name }, { metadata: { name: 'mine' } });
      expect(answer.status).toBe(201);
      const made = parseObject(answer.json);
      expect(made.metadata.name).toMatch(new RegExp(`^${prefix}-${GENERATED}$`));
      expect(made.spec).toMatchObject({ name, tenantID: 'default', ...spec });
      expect(await get(world(), `/${resource}/${made.metadata.name}`)).toEqual(made);
    });

    it('discovery lists all resources with their scopes, verbs and short names', async () => {
      const { json } = await world().api('', { as: 'admin' });
      const { groupVersion, resources } = resourceList.parse(json);
      expect(groupVersion).toBe('registry.tkestack.io/v1');
      const found = new Map(resources.map((resource) => [resource.name, resource]));
      expect([...found.keys()].toSorted()).toEqual([
        'chartgroups',
        'chartgroups/finalize',
        'chartgroups/repoupdating',
        'chartgroups/status',
        'charts',
        'charts/finalize',
        'charts/status',
        'charts/version',
        'configmaps',
        'members',
        'namespaces',
        'namespaces/finalize',
        'namespaces/status',
        'repositories',
        'repositories/finalize',
        'repositories/status',
      ]);
      const shorts = ['namespaces', 'repositories', 'chartgroups', 'charts', 'configmaps'].map(
        (name) => [name, found.get(name)?.shortNames, found.get(name)?.namespaced],
      );
      expect(shorts).toEqual([
        ['namespaces', ['rns'], false],
        ['repositories', ['repo'], true],
        ['chartgroups', ['rcg'], false],
        ['charts', ['chart'], true],
        ['configmaps', ['cm'], false],
      ]);
      const all = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
      for (const name of ['namespaces', 'repositories', 'chartgroups', 'charts', 'configmaps']) {
        expect(found.get(name)?.verbs).toEqual(expect.arrayContaining(all));
      }
    });

    it('the groups of the API are listed at /apis', async () => {
      const { json } = await world().call('/apis', { as: 'admin' });
      const { groups } = z
        .object({ groups: z.array(z.looseObject({ name: z.string() })) })
        .parse(json);
      expect(groups.map(({ name }) => name)).toContain('registry.tkestack.io');
      const group = await world().call('/apis/registry.tkestack.io', { as: 'admin' });
      expect(group.json).toMatchObject({ kind: 'APIGroup', name: 'registry.tkestack.io' });
    });
  });

  describe('scenario 2: what is wrong is refused with its exact cause', () => {
    it.each([
      [
        'namespaces',
        {},
        [['FieldValueRequired', 'spec.name', 'Required value: must specify name']],
      ],
      [
        'namespaces',
        { name: 'seen', visibility: 'Secret' },
        [
          [
            'FieldValueNotSupported',
            'spec.visibility',
            'Unsupported value: "Secret": supported values: "Private", "Public"',
          ],
        ],
      ],
      [
        'chartgroups',
        { name: '' },
        [['FieldValueRequired', 'spec.name', 'Required value: must specify name']],
      ],
      [
        'chartgroups',
        { name: 'seen', visibility: 'Nobody' },
        [
          [
            'FieldValueNotSupported',
            'spec.visibility',
            'Unsupported value: "Nobody": supported values: "Project", "Public", "User"',
          ],
        ],
      ],
      [
        'chartgroups',
        { name: 'seen', type: 'System', visibility: 'User' },
        [
          [
            'FieldValueInvalid',
            'spec.visibility',
            'Invalid value: "User": visibility must be public when type is system',
          ],
        ],
      ],
      [
        'namespaces/rns-absent00/repositories',
        { name: 'nginx' },
        [
          [
            'FieldValueRequired',
            'spec.namespaceName',
            'Required value: must specify namespaceName',
          ],
        ],
      ],
      [
        'namespaces/rns-absent00/repositories',
        { name: 'nginx', namespaceName: 'nowhere' },
        [['FieldValueNotFound', 'spec.namespaceName', 'Not found: "nowhere"']],
      ],
    ])('%s with %j', async (path, spec, causes) => {
      const answer = await world().api(`/${path}`, {
        as: 'admin',
        method: 'POST',
        json: bodyOf(path.split('/').at(-1) ?? '', spec),
      });
      expect(shortRefusal(answer)).toEqual({
        code: 422,
        reason: 'Invalid',
        causes: causes.map(([reason, field, message]) => ({ reason, message, field })),
      });
    });

    it.each(['namespaces', 'chartgroups'])('a duplicate of %s', async (resource) => {
      const name = unique('twice');
      await create(world(), resource, { name });
      const answer = await post(resource, { name });
      expect(shortRefusal(answer)).toEqual({
        code: 422,
        reason: 'Invalid',
        causes: [
          {
            reason: 'FieldValueDuplicate',
            message: `Duplicate value: "${name}"`,
            field: 'spec.name',
          },
        ],
      });
      expect(await names(world(), `/${resource}?fieldSelector=spec.name%3D${name}`)).toEqual([
        name,
      ]);
    });

    it.each(['Mixed', 'a_-b', 'a b', 'library', '-a', 'a/b', 'ünder'])(
      'B6: the name %s, which no client could use',
      async (name) => {
        expect(shortRefusal(await post('namespaces', { name }))).toMatchObject({
          code: 422,
          reason: 'Invalid',
          causes: [{ field: 'spec.name' }],
        });
      },
    );

    it.each([
      ['/namespaces?fieldSelector=spec.colour%3Dred', 'field label not supported: spec.colour'],
      ['/charts?fieldSelector=spec.type%3DSystem', 'field label not supported: spec.type'],
      ['/chartgroups?fieldSelector=repoType%3Dold', 'unsupport repoType: old'],
      ['/charts?fieldSelector=repoType%3Dold', 'unsupport spec.repoType: old'],
    ])('%s', async (path, message) => {
      const answer = await world().api(path, { as: 'admin' });
      expect(refusalOf(answer)).toMatchObject({ code: 400, reason: 'BadRequest', message });
    });

    it('a label selector or a body that cannot be read', async () => {
      const listed = await world().api('/namespaces?labelSelector=a%3D%3D%3Db', { as: 'admin' });
      expect(refusalOf(listed)).toMatchObject({ code: 400, reason: 'BadRequest' });
      const sent = await world().api('/namespaces', {
        as: 'admin',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"spec":',
      });
      expect(refusalOf(sent)).toMatchObject({ code: 400, reason: 'BadRequest' });
    });

    it('an object, a resource and a verb that are not there', async () => {
      const { api } = world();
      const absent = refusalOf(await api('/namespaces/rns-absent00', { as: 'admin' }));
      expect(absent).toMatchObject({ code: 404, reason: 'NotFound' });
      expect(absent.message).toMatch(
        /namespaces?\.registry\.tkestack\.io "rns-absent00" not found/,
      );
      expect(refusalOf(await api('/nothings', { as: 'admin' })).code).toBe(404);
      const collection = await api('/chartgroups', { as: 'admin', method: 'DELETE' });
      expect(refusalOf(collection)).toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
      expect(refusalOf(await api('/namespaces'))).toMatchObject({
        code: 401,
        reason: 'Unauthorized',
        message: 'Unauthorized',
      });
    });
  });

  describe('scenario 3: what must not change does not', () => {
    it.each([
      ['namespaces', 'spec.name', 'disallowed change the name'],
      ['namespaces', 'spec.tenantID', 'disallowed change the tenant'],
      ['chartgroups', 'spec.name', 'disallowed change the name'],
      ['chartgroups', 'spec.tenantID', 'disallowed change the tenant'],
    ])('%s keep their %s, by PUT and by PATCH', async (resource, field, detail) => {
      const made = await create(world(), resource, { name: unique('kept') });
      const path = `/${resource}/${made.metadata.name}`;
      const key = field.slice('spec.'.length);
      const answers = [
        await put(world(), path, { ...made, spec: { ...made.spec, [key]: 'other' } }),
        await patch(world(), path, { spec: { [key]: 'other' } }),
        await world().api(path, {
          as: 'admin',
          method: 'PATCH',
          headers: { 'content-type': 'application/json-patch+json' },
          body: JSON.stringify([{ op: 'replace', path: `/spec/${key}`, value: 'other' }]),
        }),
      ];
      for (const answer of answers) {
        expect(shortRefusal(answer)).toMatchObject({ code: 422, reason: 'Invalid' });
        expect(refusalOf(answer).details?.causes).toEqual([
          expect.objectContaining({ field, message: expect.stringContaining(detail) }),
        ]);
      }
      expect((await get(world(), path)).spec).toEqual(made.spec);
    });

    it('a PUT without a resourceVersion is 422, with an old one 409', async () => {
      const made = await create(world(), 'namespaces', { name: unique('lock') });
      const { name, resourceVersion: _, ...rest } = made.metadata;
      const path = `/namespaces/${name}`;
      const without = await put(world(), path, { ...made, metadata: { name, ...rest } });
      expect(shortRefusal(without)).toMatchObject({
        code: 422,
        causes: [
          {
            field: 'metadata.resourceVersion',
            message: expect.stringContaining('must be specified for an update'),
          },
        ],
      });
      const changed = { ...made, spec: { ...made.spec, displayName: 'first' } };
      expect((await put(world(), path, changed)).status).toBe(200);
      expect(refusalOf(await put(world(), path, changed))).toMatchObject({
        code: 409,
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on namespaces.registry.tkestack.io "${name}": the object has been modified; please apply your changes to the latest version and try again`,
      });
      const absent = await put(world(), '/namespaces/rns-absent00', {
        ...made,
        metadata: { ...made.metadata, name: 'rns-absent00' },
      });
      expect(refusalOf(absent).code).toBe(404);
    });

    it('B2: a PUT of the object leaves its status alone, one of its status the spec', async () => {
      for (const resource of ['namespaces', 'chartgroups']) {
        const made = await create(world(), resource, { name: unique('apart') });
        const path = `/${resource}/${made.metadata.name}`;
        const main = await put(world(), path, {
          ...made,
          spec: { ...made.spec, displayName: 'new' },
          status: { ...made.status, locked: true, repoCount: 7, chartCount: 7, phase: 'Failed' },
        });
        expect(main.status).toBe(200);
        const after = parseObject(main.json);
        expect(after.spec['displayName']).toBe('new');
        expect(after.status).toEqual(made.status);
        const sub = await put(world(), `${path}/status`, {
          ...after,
          spec: { ...after.spec, displayName: 'newer', visibility: 'Private' },
          status: { ...after.status, locked: true },
        });
        expect(sub.status).toBe(200);
        expect(parseObject(sub.json)).toMatchObject({
          spec: after.spec,
          status: { ...after.status, locked: true },
        });
      }
    });

    it('B4: values are checked again when they change', async () => {
      const made = await create(world(), 'namespaces', { name: unique('again') });
      const answer = await patch(world(), `/namespaces/${made.metadata.name}`, {
        spec: { visibility: 'Secret' },
      });
      expect(shortRefusal(answer)).toMatchObject({
        code: 422,
        causes: [{ reason: 'FieldValueNotSupported', field: 'spec.visibility' }],
      });
    });

    it('all kinds of patches change what may change', async () => {
      const made = await create(world(), 'namespaces', { name: unique('patched') });
      const path = `/namespaces/${made.metadata.name}`;
      const bodies = [
        ['application/merge-patch+json', { spec: { displayName: 'a' } }],
        ['application/strategic-merge-patch+json', { spec: { displayName: 'b' } }],
        ['application/json-patch+json', [{ op: 'add', path: '/spec/displayName', value: 'c' }]],
      ] as const;
      for (const [type, body] of bodies) {
        const answer = await world().api(path, {
          as: 'admin',
          method: 'PATCH',
          headers: { 'content-type': type },
          body: JSON.stringify(body),
        });
        expect(answer.status).toBe(200);
      }
      const applied = await world().api(`${path}?fieldManager=me&force=true`, {
        as: 'admin',
        method: 'PATCH',
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: JSON.stringify({
          apiVersion: made.apiVersion,
          kind: made.kind,
          metadata: { name: made.metadata.name },
          spec: { displayName: 'd' },
        }),
      });
      expectStatus(applied, 200);
      expect((await get(world(), path)).spec).toEqual({ ...made.spec, displayName: 'd' });
    });

    it('B42: a change of visibility reaches whoever pulls', async () => {
      const made = await create(world(), 'namespaces', { name: unique('shown') });
      const path = `/namespaces/${made.metadata.name}`;
      for (const visibility of ['Private', 'Public', 'Private']) {
        expect((await patch(world(), path, { spec: { visibility } })).status).toBe(200);
        expect((await get(world(), path)).spec['visibility']).toBe(visibility);
        const { harbor } = world();
        if (harbor === undefined) continue;
        const answer = await fetch(new URL('/api/v2.0/projects?page_size=100', harbor.direct));
        const seen = await answer.text();
        expect(seen.includes(`-${nameOf(made)}"`)).toBe(visibility === 'Public');
      }
    });
  });

  describe('scenario 5: long lists and changes', () => {
    it('limit and continue walk through 250 items, each once', async () => {
      const marks = { labels: { walk: 'yes' } };
      const wanted = Array.from({ length: 250 }, (_, index) => `walk-${index}`);
      for (let from = 0; from < wanted.length; from += 25) {
        const made = wanted.slice(from, from + 25).map((name) =>
          world().api('/configmaps', {
            as: 'admin',
            method: 'POST',
            json: {
              apiVersion: 'registry.tkestack.io/v1',
              kind: 'ConfigMap',
              metadata: { name, ...marks },
              data: {},
            },
          }),
        );
        expect((await Promise.all(made)).every(({ status }) => status === 201)).toBe(true);
      }
      const seen: string[] = [];
      let token = '';
      let pages = 0;
      do {
        const query = `labelSelector=walk%3Dyes&limit=40&continue=${encodeURIComponent(token)}`;
        const page = await list(world(), `/configmaps?${query}`);
        expect(page.items.length).toBeLessThanOrEqual(40);
        seen.push(...page.items.map(({ metadata }) => metadata.name));
        token = page.metadata.continue ?? '';
        pages += 1;
      } while (token !== '');
      expect(pages).toBe(7);
      expect(seen.toSorted()).toEqual(wanted.toSorted());
    });

    it('B7: a list by repoType has a version and pages, too', async () => {
      const some = await Promise.all(
        Array.from({ length: 3 }, () => create(world(), 'chartgroups', { name: unique('paged') })),
      );
      const seen: string[] = [];
      let token = '';
      do {
        const query = `fieldSelector=repoType%3Dall&limit=2&continue=${encodeURIComponent(token)}`;
        const page = await list(world(), `/chartgroups?${query}`);
        expect(Number(page.metadata.resourceVersion)).toBeGreaterThan(0);
        expect(page.items.length).toBeLessThanOrEqual(2);
        seen.push(...page.items.map(({ metadata }) => metadata.name));
        token = page.metadata.continue ?? '';
      } while (token !== '');
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(some.map(({ metadata }) => metadata.name)));
    });

    it('B8: a selector of metadata.name finds the object of this name', async () => {
      const { metadata } = await create(world(), 'chartgroups', { name: unique('exact') });
      const { items } = await list(
        world(),
        `/chartgroups?fieldSelector=metadata.name%3D${metadata.name}`,
      );
      expect(items.map((item) => item.metadata.name)).toEqual([metadata.name]);
    });

    it('a watch tells what is added, modified and deleted', async () => {
      const { metadata } = await list(world(), '/namespaces');
      const name = unique('watched');
      const selector = `resourceVersion=${metadata.resourceVersion}&fieldSelector=spec.name%3D${name}`;
      await using watch = await openWatch(world(), `/namespaces?${selector}`);
      const made = await create(world(), 'namespaces', { name });
      const path = `/namespaces/${made.metadata.name}`;
      await patch(world(), path, { spec: { displayName: 'seen' } });
      const deleted = await world().api(path, { as: 'admin', method: 'DELETE' });
      expectStatus(deleted, 200);
      const types: string[] = [];
      for (;;) {
        const event = await watch.next();
        expect(event?.object).toMatchObject({ kind: 'Namespace', spec: { name } });
        types.push(event?.type ?? 'END');
        if (types.at(-1) === 'DELETED') break;
      }
      expect(types[0]).toBe('ADDED');
      expect(types.slice(1, -1)).toContain('MODIFIED');
      expect(new Set(types.slice(1, -1))).toEqual(new Set(['MODIFIED']));
    });

    it('old versions are 410 once the log of changes has let go of them', async () => {
      await create(world(), 'namespaces', { name: unique('old') });
      await create(world(), 'namespaces', { name: unique('old') });
      const { metadata } = await list(world(), '/namespaces?limit=1');
      expect(metadata.continue).toBeDefined();
      await create(world(), 'namespaces', { name: unique('new') });
      const database = new Client({ connectionString: world().databaseUrl });
      await database.connect();
      await database.query('UPDATE kube_clock SET trimmed_version = version');
      await database.end();
      const token = encodeURIComponent(metadata.continue ?? '');
      const next = await world().api(`/namespaces?limit=1&continue=${token}`, { as: 'admin' });
      expect(refusalOf(next)).toMatchObject({ code: 410, reason: 'Expired' });
      await using watch = await openWatch(
        world(),
        `/namespaces?resourceVersion=${metadata.resourceVersion}`,
      );
      expect(await watch.next()).toMatchObject({
        type: 'ERROR',
        object: { kind: 'Status', code: 410, reason: 'Expired' },
      });
      expect(await watch.next()).toBeUndefined();
    });

    it('a lock shows in the status and goes again', async () => {
      const made = await create(world(), 'namespaces', { name: unique('locked') });
      const path = `/namespaces/${made.metadata.name}`;
      await setStatus(world(), path, { locked: true });
      expect((await get(world(), path)).status['locked']).toBe(true);
      await setStatus(world(), path, { locked: false });
      expect((await get(world(), path)).status['locked'] ?? false).toBe(false);
    });
  });
});
