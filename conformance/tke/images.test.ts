import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  addBlob,
  addImage,
  addIndex,
  addPlatforms,
  createBytes,
  createDataSet,
  type DataSet,
} from '../data.ts';
import { onEachProvider } from './each-provider.ts';
import type { Answer } from './http.ts';
import { ImageClient } from './image-client.ts';
import {
  create,
  expectStatus,
  findByName,
  get,
  list,
  nameOf,
  patch,
  refusalOf,
  setStatus,
  type TkeObject,
  unique,
} from './objects.ts';
import type { ProviderKind } from './world.ts';

/** Controllers work after the answer. */
const SOON = { timeout: 20_000, interval: 100 };

const tagList = z.strictObject({ name: z.string(), tags: z.array(z.string()) });
const catalog = z.strictObject({ repositories: z.array(z.string()) });

onEachProvider((world, kind: ProviderKind) => {
  const members = { default: 'dora', other: 'olaf' } as const;
  const clientOf = (tenant: keyof typeof members) =>
    new ImageClient(world(), { as: members[tenant], tenant });
  const anonymous = (tenant = 'default') => new ImageClient(world(), { tenant });
  const admin = (tenant = 'default') => new ImageClient(world(), { as: 'admin', tenant });

  const createNamespace = (spec: object = {}) =>
    create(world(), 'namespaces', { name: unique('ns'), ...spec });

  const repositoriesOf = (namespace: TkeObject) =>
    `/namespaces/${namespace.metadata.name}/repositories`;

  /** The Repository object, as soon as it has these tags. */
  async function awaitTags(
    namespace: TkeObject,
    name: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<TkeObject> {
    let found: TkeObject | undefined;
    const read = async () => {
      found = await findByName(world(), repositoriesOf(namespace), name);
      return found === undefined ? undefined : tagsOf(found);
    };
    await expect.poll(read, SOON).toEqual(tags);
    if (found === undefined) throw new Error('the repository is gone again');
    return found;
  }

  beforeAll(async () => {
    for (const [tenant, name] of Object.entries(members)) {
      await world().createUser(name, { tenant, role: 'member' });
    }
  }, 120_000);

  describe('scenario 8: images come and go by the host of the tenant', () => {
    const contents: Record<string, () => { set: DataSet; tags: Record<string, string> }> = {
      'an image of one architecture': () => {
        const set = createDataSet();
        const { digest } = addImage(set, { tags: ['v1', 'latest'] });
        return { set, tags: { v1: digest, latest: digest } };
      },
      'one of several architectures': () => {
        const set = createDataSet();
        const { digest } = addPlatforms(set, { tags: ['multi'], layerCount: 1 });
        return { set, tags: { multi: digest } };
      },
      'an OCI index over artifacts': () => {
        const set = createDataSet();
        const child = addImage(set, {
          artifactType: 'application/vnd.example.thing',
          layerCount: 1,
          layerType: 'application/vnd.example.bytes',
        });
        const { digest } = addIndex(set, [child], { tags: ['index'] });
        return { set, tags: { index: digest } };
      },
    };

    it.each(
      Object.keys(contents).flatMap((title) =>
        ['nginx', 'a/b', 'deep/er/still'].map((name) => [title, name] as const),
      ),
    )('%s, as %s', async (title, name) => {
      const { set, tags } = contents[title]?.() ?? { set: createDataSet(), tags: {} };
      const namespace = await createNamespace();
      const client = clientOf('default');
      const repository = `${nameOf(namespace)}/${name}`;
      await client.push(repository, set);
      await client.pullAll(repository, set);
      // B51 names, B52: children of an index and digests are no tags.
      const object = await awaitTags(namespace, name, tags);
      expect(object).toMatchObject({
        metadata: { namespace: namespace.metadata.name },
        spec: { name, tenantID: 'default', namespaceName: namespace.spec['name'] },
      });
      expect(object.metadata.name).toMatch(/^repo-[a-z0-9]{8}$/);
      const path = `/namespaces/${namespace.metadata.name}`;
      await expect.poll(async () => (await get(world(), path)).status['repoCount'], SOON).toBe(1);
    });

    it('the same names in two tenants are two repositories', async () => {
      const name = unique('same');
      const first = await createNamespace({ name });
      const second = await createNamespace({ name, tenantID: 'other' });
      const sets = { default: createDataSet(), other: createDataSet() };
      const digests = {
        default: addImage(sets.default, { tags: ['v1'], layerCount: 1 }).digest,
        other: addImage(sets.other, { tags: ['v1'], layerCount: 1 }).digest,
      };
      await clientOf('default').push(`${name}/app`, sets.default);
      expect((await clientOf('other').getManifest(`${name}/app`, 'v1')).status).toBe(404);
      await clientOf('other').push(`${name}/app`, sets.other);
      await clientOf('default').pullAll(`${name}/app`, sets.default);
      await clientOf('other').pullAll(`${name}/app`, sets.other);
      await awaitTags(first, 'app', { v1: digests.default });
      const object = await awaitTags(second, 'app', { v1: digests.other });
      expect(object.spec['tenantID']).toBe('other');
      expect((await clientOf('other').getManifest(`${name}/app`, digests.default)).status).toBe(
        404,
      );
    });

    it('another push of a tag moves it, a deletion through /v2 takes it away (B53)', async () => {
      const namespace = await createNamespace();
      const repository = `${nameOf(namespace)}/app`;
      const client = admin();
      const digests: string[] = [];
      for (const tag of ['v1', 'v1', 'v2']) {
        const set = createDataSet();
        digests.push(addImage(set, { tags: [tag], layerCount: 1 }).digest);
        await client.push(repository, set);
      }
      const [, second = '', third = ''] = digests;
      const before = await awaitTags(namespace, 'app', { v1: second, v2: third });
      const gone = await client.request(`${repository}/manifests/${third}`, { method: 'DELETE' });
      expectStatus(gone, 202);
      expect((await client.getManifest(repository, 'v2')).status).toBe(404);
      const after = await awaitTags(namespace, 'app', { v1: second });
      expect(after.metadata.uid).toBe(before.metadata.uid);
    });

    it('pulls by tag are counted, each once', async () => {
      const namespace = await createNamespace();
      const repository = `${nameOf(namespace)}/app`;
      const client = clientOf('default');
      const set = createDataSet();
      addImage(set, { tags: ['v1'], layerCount: 1 });
      await client.push(repository, set);
      for (let pull = 0; pull < 3; pull += 1) {
        expect((await client.getManifest(repository, 'v1')).status).toBe(200);
      }
      const read = async () => {
        // An existing registry counts in batches, and is asked again after a push.
        const [item] = set.manifests;
        if (item !== undefined) await client.putManifest(repository, 'v1', item);
        const found = await findByName(world(), repositoriesOf(namespace), 'app');
        return found?.status['pullCount'];
      };
      await expect.poll(read, { timeout: 30_000, interval: 1000 }).toBe(3);
    });

    it('blobs come in ranges and by HEAD, uploads in chunks', async () => {
      const namespace = await createNamespace();
      const repository = `${nameOf(namespace)}/chunks`;
      const client = clientOf('default');
      const set = createDataSet();
      const bytes = createBytes(40_000);
      const { digest } = addBlob(set, bytes, 'application/octet-stream');
      let answer = await client.request(`${repository}/blobs/uploads/`, { method: 'POST' });
      for (const [from, to] of [
        [0, 15_000],
        [15_000, 40_000],
      ] as const) {
        answer = await client.request(pathOf(answer.headers.location), {
          method: 'PATCH',
          body: bytes.subarray(from, to),
          headers: {
            'content-type': 'application/octet-stream',
            'content-range': `${from}-${to - 1}`,
          },
        });
        expect([answer.status, answer.headers['range']]).toEqual([202, `0-${to - 1}`]);
      }
      const path = pathOf(answer.headers.location);
      const state = await client.request(path);
      expect([state.status, state.headers['range']]).toEqual([204, '0-39999']);
      const query = `${path.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
      const done = await client.request(`${path}${query}`, { method: 'PUT' });
      expectStatus(done, 201);
      const head = await client.request(`${repository}/blobs/${digest}`, { method: 'HEAD' });
      expect([head.status, head.headers['content-length']]).toEqual([200, '40000']);
      const part = await client.request(`${repository}/blobs/${digest}`, {
        headers: { range: 'bytes=10-19' },
      });
      expect([part.status, part.bytes.equals(bytes.subarray(10, 20))]).toEqual([206, true]);
    });

    it('B18, B38: a blob is mounted from another repository of the tenant', async () => {
      const source = await createNamespace();
      const target = await createNamespace();
      const client = clientOf('default');
      const bytes = createBytes(1000);
      const { digest } = addBlob(createDataSet(), bytes, 'application/octet-stream');
      const from = `${nameOf(source)}/a/b`;
      await client.pushBlob(from, digest, bytes);
      const scopes = [`repository:${nameOf(target)}/c:pull,push`, `repository:${from}:pull`];
      const issued = await client.fetchToken(scopes);
      const { token } = z.looseObject({ token: z.string() }).parse(issued.json);
      const query = new URLSearchParams({ mount: digest, from });
      const mounted = await world().call(
        `/v2/${nameOf(target)}/c/blobs/uploads/?${query.toString()}`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
        },
      );
      expectStatus(mounted, 201);
      expect(pathOf(mounted.headers.location)).toBe(`${nameOf(target)}/c/blobs/${digest}`);
      const read = await client.request(`${nameOf(target)}/c/blobs/${digest}`);
      expect(read.bytes.equals(bytes)).toBe(true);
    });
  });

  describe('scenario 9: who may pull and push', () => {
    let images: Record<'open' | 'shut', { namespace: TkeObject; repository: string; set: DataSet }>;

    async function pushTo(visibility: string) {
      const namespace = await createNamespace({ visibility });
      const repository = `${nameOf(namespace)}/app`;
      const set = createDataSet();
      addImage(set, { tags: ['v1'], layerCount: 1 });
      await clientOf('default').push(repository, set);
      return { namespace, repository, set };
    }

    beforeAll(async () => {
      images = { open: await pushTo('Public'), shut: await pushTo('Private') };
    });

    it('everybody pulls what is Public', async () => {
      const { repository, set } = images.open;
      await anonymous().pullAll(repository, set);
      const stranger = new ImageClient(world(), { as: 'olaf', tenant: 'default' });
      expect((await stranger.getManifest(repository, 'v1')).status).toBe(200);
    });

    it('nobody but members pulls what is Private', async () => {
      const { repository } = images.shut;
      const asked = await anonymous().getManifest(repository, 'v1');
      expect([asked.status, asked.text]).toEqual([401, expect.stringContaining('UNAUTHORIZED')]);
      const stranger = new ImageClient(world(), { as: 'olaf', tenant: 'default' });
      expect([401, 403]).toContain((await stranger.getManifest(repository, 'v1')).status);
      expect((await clientOf('default').getManifest(repository, 'v1')).status).toBe(200);
    });

    it('nobody pushes without a name, nor a stranger', async () => {
      for (const { repository } of Object.values(images)) {
        const path = `${repository}/blobs/uploads/`;
        expect((await anonymous().request(path, { method: 'POST' })).status).toBe(401);
        const stranger = new ImageClient(world(), { as: 'olaf', tenant: 'default' });
        expect([401, 403]).toContain((await stranger.request(path, { method: 'POST' })).status);
      }
    });

    it('B55: a locked namespace gives and takes nothing until it is unlocked', async () => {
      const { namespace, repository, set } = await pushTo('Public');
      const path = `/namespaces/${namespace.metadata.name}`;
      const warm = anonymous();
      await warm.pullAll(repository, set);
      await setStatus(world(), path, { locked: true });
      for (const client of [warm, anonymous(), clientOf('default'), admin()]) {
        const pulled = await client.getManifest(repository, 'v1');
        expect([401, 403]).toContain(pulled.status);
        const pushed = await client.request(`${repository}/blobs/uploads/`, { method: 'POST' });
        expect([401, 403]).toContain(pushed.status);
      }
      await setStatus(world(), path, { locked: false });
      await anonymous().pullAll(repository, set);
    });

    it('a namespace that is not there takes nothing, and is not made by a push', async () => {
      const name = unique('absent');
      const path = `${name}/app/blobs/uploads/`;
      const refused = await clientOf('default').request(path, { method: 'POST' });
      expect([401, 403]).toContain(refused.status);
      const told = await admin().request(path, { method: 'POST' });
      expect([told.status, told.text]).toEqual([404, expect.stringContaining('NAME_UNKNOWN')]);
      expect(await findByName(world(), '/namespaces', name)).toBeUndefined();
    });

    it('B50: library is for all to pull, in all tenants, and for administrators to push', async () => {
      const set = createDataSet();
      const repository = `library/${unique('base')}`;
      addImage(set, { tags: ['v1'], layerCount: 1 });
      const path = `${repository}/blobs/uploads/`;
      expect((await anonymous().request(path, { method: 'POST' })).status).toBe(401);
      expect((await clientOf('default').request(path, { method: 'POST' })).status).toBe(403);
      await admin().push(repository, set);
      await anonymous('default').pullAll(repository, set);
      await anonymous('other').pullAll(repository, set);
      await clientOf('other').pullAll(repository, set);
    });
  });

  describe('scenario 11: lists speak of the tenant as it speaks itself', () => {
    it('B40: tags and the catalog have names that people use, of the own tenant only', async () => {
      const name = unique('listed');
      await createNamespace({ name, visibility: 'Private' });
      await createNamespace({ name, tenantID: 'other', visibility: 'Private' });
      const pushes = [
        ['default', `${name}/app`],
        ['default', `${name}/a/b`],
        ['other', `${name}/theirs`],
      ] as const;
      for (const [tenant, repository] of pushes) {
        const set = createDataSet();
        addImage(set, { tags: ['v1', 'v2'], layerCount: 1 });
        await clientOf(tenant).push(repository, set);
        const { json } = await clientOf(tenant).request(`${repository}/tags/list`);
        expect(tagList.parse(json)).toEqual({ name: repository, tags: ['v1', 'v2'] });
      }
      const first = await clientOf('default').request(`${name}/app/tags/list?n=1`);
      expect(tagList.parse(first.json).tags).toEqual(['v1']);
      expect(first.headers['link']).toContain(`/v2/${name}/app/tags/list?`);
      const seenBy = async (client: ImageClient) => {
        const seen: string[] = [];
        for (let path: string | undefined = '_catalog?n=3'; path !== undefined; ) {
          const answer: Answer = await client.request(path);
          expectStatus(answer, 200);
          seen.push(...catalog.parse(answer.json).repositories);
          const next = /<([^>]+)>; rel="next"/.exec(String(answer.headers['link'] ?? ''))?.[1];
          path = next === undefined ? undefined : pathOf(next);
        }
        expect(new Set(seen).size).toBe(seen.length);
        return seen.filter((repository) => repository.startsWith(`${name}/`));
      };
      await expect
        .poll(() => seenBy(clientOf('default')), SOON)
        .toEqual([`${name}/a/b`, `${name}/app`]);
      await expect.poll(() => seenBy(clientOf('other')), SOON).toEqual([`${name}/theirs`]);
      expect(await seenBy(anonymous())).toEqual([]);
    });
  });

  describe('scenario 12: what is deleted is gone', () => {
    it.each(['default', 'other'] as const)(
      'B25: a Repository of tenant %s takes its manifests with it',
      async (tenant) => {
        const namespace = await createNamespace({ tenantID: tenant });
        const kept = createDataSet();
        const { digest: keptDigest } = addImage(kept, { tags: ['v1'], layerCount: 1 });
        await clientOf(tenant).push(`${nameOf(namespace)}/app`, kept);
        const set = createDataSet();
        const { digest } = addPlatforms(set, { tags: ['v1'], layerCount: 1 });
        const repository = `${nameOf(namespace)}/app/nested`;
        await clientOf(tenant).push(repository, set);
        const object = await awaitTags(namespace, 'app/nested', { v1: digest });
        const path = `${repositoriesOf(namespace)}/${object.metadata.name}`;
        const answer = await world().api(path, { as: 'admin', method: 'DELETE' });
        expectStatus(answer, 200);
        await expect
          .poll(async () => (await world().api(path, { as: 'admin' })).status, SOON)
          .toBe(404);
        for (const { descriptor } of set.manifests) {
          const found = await clientOf(tenant).getManifest(repository, descriptor.digest);
          expect(found.status).toBe(404);
        }
        expect((await clientOf(tenant).getManifest(repository, 'v1')).status).toBe(404);
        // Its neighbour stays.
        await clientOf(tenant).pullAll(`${nameOf(namespace)}/app`, kept);
        await awaitTags(namespace, 'app', { v1: keptDigest });
        const parent = `/namespaces/${namespace.metadata.name}`;
        await expect
          .poll(async () => (await get(world(), parent)).status['repoCount'], SOON)
          .toBe(1);
      },
    );

    it('a Namespace with content stays, with a clear conflict; an empty one goes', async () => {
      const namespace = await createNamespace();
      const { name } = namespace.metadata;
      const path = `/namespaces/${name}`;
      const set = createDataSet();
      const { digest } = addImage(set, { tags: ['v1'], layerCount: 1 });
      await clientOf('default').push(`${nameOf(namespace)}/app`, set);
      // Also in the moment before the object of the repository is there.
      const early = await world().api(path, { as: 'admin', method: 'DELETE' });
      expect(refusalOf(early)).toMatchObject({
        code: 409,
        reason: 'Conflict',
        message: `${nameOf(namespace)}(${name}) cannot be delete, since repositories under this namespace is not empty`,
      });
      const object = await awaitTags(namespace, 'app', { v1: digest });
      expect((await world().api(path, { as: 'admin', method: 'DELETE' })).status).toBe(409);
      await clientOf('default').pullAll(`${nameOf(namespace)}/app`, set);
      const inside = `${repositoriesOf(namespace)}/${object.metadata.name}`;
      expect((await world().api(inside, { as: 'admin', method: 'DELETE' })).status).toBe(200);
      const remove = async () =>
        (await world().api(path, { as: 'admin', method: 'DELETE' })).status;
      await expect.poll(remove, SOON).toBe(200);
      await expect
        .poll(async () => (await world().api(path, { as: 'admin' })).status, SOON)
        .toBe(404);
      // Its name is free again.
      await create(world(), 'namespaces', { name: namespace.spec['name'] });
      const { items } = await list(
        world(),
        `/repositories?fieldSelector=spec.namespaceName%3D${nameOf(namespace)}`,
      );
      expect(items).toEqual([]);
      expect((await clientOf('default').getManifest(`${nameOf(namespace)}/app`, 'v1')).status).toBe(
        404,
      );
    });
  });

  describe('scenario 18: counters are what is there', () => {
    it('B15: nobody forges events', async () => {
      const namespace = await createNamespace();
      const event = {
        id: 'forged',
        timestamp: '2026-01-01T00:00:00Z',
        action: 'push',
        target: {
          mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
          digest: `sha256:${'0'.repeat(64)}`,
          repository: `default-${nameOf(namespace)}/forged`,
          tag: 'v1',
        },
        request: { id: 'x', method: 'PUT', useragent: 'curl' },
        actor: { name: 'admin' },
      };
      for (const path of [
        '/registry/notification',
        '/registry/notification/',
        '/service/notifications',
      ]) {
        for (const as of [undefined, 'dora', 'admin']) {
          const answer = await world().call(path, {
            as,
            method: 'POST',
            json: { events: [event] },
          });
          expect([401, 403, 404, 405]).toContain(answer.status);
        }
      }
      // A real push behind it: whatever was to come of the forged one would have come first.
      const set = createDataSet();
      const { digest } = addImage(set, { tags: ['v1'], layerCount: 1 });
      await clientOf('default').push(`${nameOf(namespace)}/real`, set);
      await awaitTags(namespace, 'real', { v1: digest });
      const { items } = await list(world(), repositoriesOf(namespace));
      expect(items.map(({ spec }) => spec['name'])).toEqual(['real']);
    });

    it('B23, B24: 100 pushes at once are counted exactly', async () => {
      const namespace = await createNamespace();
      const path = `/namespaces/${namespace.metadata.name}`;
      const client = clientOf('default');
      const set = createDataSet();
      const { digest } = addImage(set, { tags: [], layerCount: 1 });
      const [item] = set.manifests;
      if (item === undefined) throw new Error('there is no manifest to push');
      const repositories = Array.from({ length: 10 }, (_, index) => `repo-${index}`);
      const blobs = repositories.map(async (repository) => {
        for (const [blob, bytes] of set.blobs) {
          await client.pushBlob(`${nameOf(namespace)}/${repository}`, blob, bytes);
        }
      });
      await Promise.all(blobs);
      const tags = Array.from({ length: 10 }, (_, index) => `v${index}`);
      const pushes = repositories.flatMap((repository) =>
        tags.map((tag) => client.putManifest(`${nameOf(namespace)}/${repository}`, tag, item)),
      );
      const answers = await Promise.all(pushes);
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 201));
      const wanted = Object.fromEntries(tags.map((tag) => [tag, digest]));
      for (const repository of repositories) await awaitTags(namespace, repository, wanted);
      await expect.poll(async () => (await get(world(), path)).status['repoCount'], SOON).toBe(10);
      // One that the API made and took away again leaves the count as it was.
      const made = await create(world(), `namespaces/${namespace.metadata.name}/repositories`, {
        name: 'empty',
        namespaceName: namespace.spec['name'],
      });
      await expect.poll(async () => (await get(world(), path)).status['repoCount'], SOON).toBe(11);
      const inside = `${repositoriesOf(namespace)}/${made.metadata.name}`;
      expect((await world().api(inside, { as: 'admin', method: 'DELETE' })).status).toBe(200);
      await expect.poll(async () => (await get(world(), path)).status['repoCount'], SOON).toBe(10);
    }, 120_000);

    it.runIf(kind !== 'builtin')('B49: what was stored is 201, whatever comes after', async () => {
      const { harbor } = world();
      const namespace = await createNamespace();
      const client = clientOf('default');
      const set = createDataSet();
      const { digest } = addImage(set, { tags: ['v1'], layerCount: 1 });
      harbor?.fail(
        500,
        (method, path) => method === 'GET' && path.startsWith('/api/v2.0/projects/'),
      );
      try {
        await client.push(`${nameOf(namespace)}/app`, set);
      } finally {
        harbor?.fail(undefined);
      }
      const object = await awaitTags(namespace, 'app', { v1: digest });
      expect(object.spec['tenantID']).toBe('default');
    });

    it('B42: a Repository is as visible as its namespace', async () => {
      const namespace = await createNamespace({ visibility: 'Public' });
      const set = createDataSet();
      const { digest } = addImage(set, { tags: ['v1'], layerCount: 1 });
      const repository = `${nameOf(namespace)}/app`;
      await clientOf('default').push(repository, set);
      await awaitTags(namespace, 'app', { v1: digest });
      await patch(world(), `/namespaces/${namespace.metadata.name}`, {
        spec: { visibility: 'Private' },
      });
      expect((await anonymous().getManifest(repository, 'v1')).status).toBe(401);
      const read = async () =>
        (await findByName(world(), repositoriesOf(namespace), 'app'))?.spec['visibility'];
      await expect.poll(read, SOON).toBe('Private');
    });
  });
});

function tagsOf({ status }: TkeObject): Record<string, string> {
  const tags = z
    .array(z.looseObject({ name: z.string(), digest: z.string() }))
    .parse(status['tags']);
  return Object.fromEntries(tags.map(({ name, digest }) => [name, digest]));
}

/** Below `/v2/`. */
function pathOf(location: string | undefined): string {
  const { pathname, search } = new URL(
    location ?? 'nowhere:',
    'http://default.registry.example.test',
  );
  return `${pathname}${search}`.replace(/^\/v2\//, '');
}
