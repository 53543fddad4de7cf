import { digestOf, mediaType } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addImage, createBytes, createDataSet, type DataSet, type ManifestItem } from '../data.ts';
import { dataKinds } from '../data-kinds.ts';
import { HarborView, harborOf, smallImage } from './harbor-view.ts';
import { ImageClient, parseChallenge } from './image-client.ts';
import { create, findByName, get, type TkeObject, unique } from './objects.ts';
import { DEFAULT_TENANT, openTkeWorld, SUFFIX, type TkeWorld } from './world.ts';

const SOON = { timeout: 30_000, interval: 100 };

let world: TkeWorld;
let view: HarborView;
let client: ImageClient;

beforeAll(async () => {
  world = await openTkeWorld('harbor');
  view = new HarborView(world);
  client = new ImageClient(world, { as: 'admin' });
});

afterAll(() => world?.close());

async function createNamespace(spec: object = {}): Promise<{ name: string; object: TkeObject }> {
  const name = unique('img');
  const object = await create(world, 'namespaces', { name, visibility: 'Private', ...spec });
  return { name, object };
}

const findRepository = (namespace: TkeObject, name: string) =>
  findByName(world, `/namespaces/${namespace.metadata.name}/repositories`, name);

/** Tags with their digests, as soon as the Repository has them. */
async function expectTags(
  namespace: TkeObject,
  name: string,
  tags: Readonly<Record<string, string>> | undefined,
): Promise<void> {
  const read = async () => {
    const found = await findRepository(namespace, name);
    if (found === undefined) return undefined;
    const list = z
      .array(z.looseObject({ name: z.string(), digest: z.string() }))
      .parse(found.status['tags']);
    return Object.fromEntries(list.map((tag) => [tag.name, tag.digest]));
  };
  await expect.poll(read, SOON).toEqual(tags);
}

function onlyManifest({ manifests }: DataSet): ManifestItem {
  const [first] = manifests;
  if (first === undefined) throw new Error('the set has no manifest');
  return first;
}

describe('scenario 23: images through the registry', () => {
  it('land in the project of their namespace, and leave it', async () => {
    const { name } = await createNamespace();
    const set = smallImage('latest');
    await client.push(`${name}/nginx`, set);
    await client.pullAll(`${name}/nginx`, set);
    const project = `default-image-${name}`;
    expect(await view.listRepositories(project)).toEqual([`${project}/nginx`]);
    const { digest } = onlyManifest(set).descriptor;
    const held = await view.call(`/v2/${project}/nginx/manifests/latest`, {
      headers: { accept: mediaType.ociManifest },
    });
    expect(held.headers['docker-content-digest']).toBe(digest);
    const gone = await client.request(`${name}/nginx/manifests/${digest}`, { method: 'DELETE' });
    expect(gone.status).toBe(202);
    expect((await client.getManifest(`${name}/nginx`, 'latest')).status).toBe(404);
    expect((await view.call(`/v2/${project}/nginx/manifests/${digest}`)).status).toBe(404);
  });

  it('B18, B40: are named by people in lists, links, places and errors', async () => {
    const { name } = await createNamespace({ visibility: 'Public' });
    const set = smallImage('v1', 'v2', 'v3');
    const repository = `${name}/nginx`;
    await client.push(repository, set);
    const first = await client.request(`${repository}/tags/list?n=2`);
    expect(first.json).toEqual({ name: repository, tags: ['v1', 'v2'] });
    const next = /^<([^>]+)>; *rel="next"$/.exec(String(first.headers['link']))?.[1] ?? '';
    expect(next).toMatch(new RegExp(`^/v2/${repository}/tags/list\\?`));
    const second = await client.request(next.replace('/v2/', ''));
    expect(second.json).toEqual({ name: repository, tags: ['v3'] });
    const upload = await client.request(`${repository}/blobs/uploads/`, { method: 'POST' });
    expect(upload.headers.location).toMatch(new RegExp(`^/v2/${repository}/blobs/uploads/`));
    const missing = [
      await client.getManifest(repository, 'absent'),
      await client.getManifest(`${name}/absent`, 'v1'),
      await client.request(`${repository}/blobs/${digestOf(createBytes(8))}`),
      await client.request(`${name}/absent/tags/list`),
      await client.request(`${repository}/blobs/uploads/${unique('none')}`),
    ];
    for (const { status, json } of missing) {
      expect([status, json]).toEqual([
        404,
        { errors: [expect.objectContaining({ code: expect.stringMatching(/_UNKNOWN$/) })] },
      ]);
    }
    const wrong = {
      ...onlyManifest(set),
      bytes: new Uint8Array(Buffer.from('{"schemaVersion":2}')),
    };
    const refused = await client.putManifest(repository, 'broken', wrong);
    expect([refused.status, refused.json]).toEqual([
      400,
      expect.objectContaining({ errors: expect.anything() }),
    ]);
    const catalog = await client.request('_catalog');
    const names = z.object({ repositories: z.array(z.string()) }).parse(catalog.json);
    await expect
      .poll(async () => (await client.request('_catalog')).text, SOON)
      .toContain(`"${repository}"`);
    expect(names.repositories.every((each) => !each.startsWith('default-'))).toBe(true);
  });

  it('B39: a challenge keeps to the host and scheme of the client, and so does its token', async () => {
    const { name } = await createNamespace();
    const asked = await world.call(`/v2/${name}/nginx/manifests/latest`);
    const challenge = parseChallenge(asked.headers['www-authenticate'] ?? '');
    expect([asked.status, challenge]).toEqual([
      401,
      {
        realm: `http://${DEFAULT_TENANT}.${SUFFIX}/registry/auth`,
        service: 'tke',
        scope: `repository:${name}/nginx:pull`,
      },
    ]);
    const issued = await client.fetchToken([`repository:${name}/nginx:pull,push`]);
    const { token } = z.looseObject({ token: z.string() }).parse(issued.json);
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    expect(claims).toContain(`"${name}/nginx"`);
    expect(claims).not.toMatch(/-image-/);
    expect(claims).not.toContain(new URL(harborOf(world).url).host);
  });

  it.each([502, 503, 'cut', 401, 403] as const)(
    'tell of a Harbor that answers %s without its words',
    async (mode) => {
      const { name } = await createNamespace();
      const set = smallImage('v1');
      await client.push(`${name}/nginx`, set);
      // By tag: what is named by digest may be remembered.
      harborOf(world).fail(mode, (_method, path) => path.startsWith('/v2/'));
      const answer = await client
        .getManifest(`${name}/nginx`, 'v1')
        .finally(() => harborOf(world).fail(undefined));
      expect(answer.status).toBe(mode === 403 ? 403 : mode === 503 ? 503 : 502);
      expect(answer.json).toMatchObject({ errors: [{ code: expect.any(String) }] });
      expect(answer.text).not.toContain('<h1>');
      expect((await client.getManifest(`${name}/nginx`, 'v1')).status).toBe(200);
    },
  );
});

/** What differs most; each by itself is tried beside the proxy's code. */
const kinds: ReadonlySet<string> = new Set([
  'an index of indexes',
  'artifacts with a subject',
  'an index by sha512',
  'a Docker manifest list',
]);

describe('scenario 24: every way to send and to read', () => {
  it('in pieces, by ranges and by HEAD', async () => {
    const { name } = await createNamespace();
    const bytes = createBytes(300_000);
    const digest = digestOf(bytes);
    const started = await client.request(`${name}/app/blobs/uploads/`, { method: 'POST' });
    let place = started.headers.location ?? '';
    for (let at = 0; at < bytes.length; at += 100_000) {
      const piece = await client.request(place.replace('/v2/', ''), {
        method: 'PATCH',
        body: bytes.subarray(at, at + 100_000),
        headers: {
          'content-type': 'application/octet-stream',
          'content-range': `${at}-${at + 99_999}`,
        },
      });
      expect([piece.status, piece.headers['range']]).toEqual([202, `0-${at + 99_999}`]);
      place = piece.headers.location ?? '';
    }
    const state = await client.request(place.replace('/v2/', ''));
    expect([state.status, state.headers['range']]).toEqual([204, '0-299999']);
    const last = `${place}${place.includes('?') ? '&' : '?'}digest=${digest}`;
    const done = await client.request(last.replace('/v2/', ''), { method: 'PUT' });
    expect([done.status, done.headers.location]).toEqual([201, `/v2/${name}/app/blobs/${digest}`]);
    const blob = `${name}/app/blobs/${digest}`;
    const part = await client.request(blob, { headers: { range: 'bytes=100-199' } });
    expect([part.status, part.headers['content-range']]).toEqual([206, 'bytes 100-199/300000']);
    expect(part.bytes.equals(bytes.subarray(100, 200))).toBe(true);
    const head = await client.request(blob, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.bytes.length]).toEqual([
      200,
      '300000',
      0,
    ]);
  });

  it('at once, and with the wrong digest not at all', async () => {
    const { name } = await createNamespace();
    const body = createBytes(1000);
    const headers = { 'content-type': 'application/octet-stream' };
    const send = (digest: string) =>
      client.request(`${name}/app/blobs/uploads/?digest=${digest}`, {
        method: 'POST',
        body,
        headers,
      });
    expect((await send(digestOf(body))).status).toBe(201);
    const refused = await send(digestOf(createBytes(8)));
    expect([refused.status, refused.json]).toEqual([
      400,
      { errors: [expect.objectContaining({ code: 'DIGEST_INVALID' })] },
    ]);
  });

  it('B38: by a mount from where the caller may pull, and from nowhere else', async () => {
    const { name } = await createNamespace();
    const { name: other } = await createNamespace();
    const body = createBytes(1000);
    const digest = digestOf(body);
    const headers = { 'content-type': 'application/octet-stream' };
    const uploads = (namespace: string, query: string) =>
      `${namespace}/app/blobs/uploads/?${query}`;
    await client.request(uploads(name, `digest=${digest}`), { method: 'POST', body, headers });
    const scopes = [`repository:${name}/app:pull`, `repository:${other}/app:pull,push`];
    const { token } = z
      .looseObject({ token: z.string() })
      .parse((await client.fetchToken(scopes)).json);
    const mount = (from: string, authorization: string) =>
      world.call(`/v2/${uploads(other, `mount=${digest}&from=${from}`)}`, {
        method: 'POST',
        headers: { authorization },
      });
    const mounted = await mount(`${name}/app`, `Bearer ${token}`);
    expect([mounted.status, mounted.headers.location]).toEqual([
      201,
      `/v2/${other}/app/blobs/${digest}`,
    ]);
    for (const from of [`default-image-${name}/app`, 'nowhere/app']) {
      expect((await mount(from, `Bearer ${token}`)).status).toBe(202);
    }
  });

  it.each(dataKinds.filter(({ name }) => kinds.has(name)))('for $name', async ({ build }) => {
    const { name } = await createNamespace();
    const set = createDataSet();
    build(set);
    await client.push(`${name}/app`, set);
    await client.pullAll(`${name}/app`, set);
    for (const [subject, referrers] of set.referrers) {
      const answer = await client.request(`${name}/app/referrers/${subject}`);
      const { manifests } = z
        .looseObject({ manifests: z.array(z.looseObject({ digest: z.string() })) })
        .parse(answer.json);
      const digests = manifests.map(({ digest }) => digest).toSorted();
      expect(digests).toEqual(referrers.map(({ digest }) => digest).toSorted());
    }
  });
});

describe('scenario 25: objects follow', () => {
  it('B52, B53: tags come and go with pushes and deletions, digests make none', async () => {
    const { name, object } = await createNamespace();
    const [first, second] = [smallImage('v1', 'latest'), createDataSet()];
    const { digest } = addImage(second, { tags: ['latest'], layerCount: 1 });
    addImage(second, { layerCount: 1 });
    await client.push(`${name}/app`, first);
    const { digest: old } = onlyManifest(first).descriptor;
    await expectTags(object, 'app', { v1: old, latest: old });
    await client.push(`${name}/app`, second);
    await expectTags(object, 'app', { v1: old, latest: digest });
    const gone = await client.request(`${name}/app/manifests/${digest}`, { method: 'DELETE' });
    expect(gone.status).toBe(202);
    await expectTags(object, 'app', { v1: old });
  });

  it('B52: pulls are counted where they happen, by tag', async () => {
    const { name, object } = await createNamespace();
    const set = smallImage('v1');
    await client.push(`${name}/app`, set);
    for (let pull = 0; pull < 3; pull += 1) {
      expect((await client.getManifest(`${name}/app`, 'v1')).status).toBe(200);
    }
    const countOf = async () => {
      // Harbor counts in batches, and is asked again after a push.
      await client.putManifest(`${name}/app`, 'v1', onlyManifest(set));
      return (await findRepository(object, 'app'))?.status['pullCount'];
    };
    await expect.poll(countOf, { ...SOON, interval: 1000 }).toBe(3);
  });

  it('B49: a push that Harbor stored is none the worse when we cannot look at it', async () => {
    const { name, object } = await createNamespace();
    const set = smallImage('v1');
    harborOf(world).fail(500, (_method, path) => path.startsWith('/api/'));
    await client.push(`${name}/app`, set);
    expect(await findRepository(object, 'app')).toBeUndefined();
    harborOf(world).fail(undefined);
    const { digest } = onlyManifest(set).descriptor;
    await expectTags(object, 'app', { v1: digest });
    const path = `/namespaces/${object.metadata.name}`;
    await expect.poll(async () => (await get(world, path)).status['repoCount'], SOON).toBe(1);
  });

  it('B50: library needs no object', async () => {
    const set = smallImage(unique('v'));
    await client.push('library/pause', set);
    expect(await view.listRepositories('library')).toContain('library/pause');
    await new ImageClient(world).pullAll('library/pause', set);
    await new ImageClient(world, { tenant: 't2' }).pullAll('library/pause', set);
  });
});

it('names nothing internal in any answer', () => {
  expect(world.leaks()).toEqual([]);
});
