import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addPlatforms, createDataSet, type DataSet } from '../data.ts';
import { postForm, signChart, uploadChart } from './chart-files.ts';
import { HarborView } from './harbor-view.ts';
import { ImageClient } from './image-client.ts';
import { createLasting } from './lasting.ts';
import { create, findByName, list, type TkeObject } from './objects.ts';
import {
  type OpenedHarbor,
  openHarbor,
  openTkeWorld,
  type ProviderKind,
  type TkeWorld,
  type WorldOptions,
} from './world.ts';

const SOON = { timeout: 40_000, interval: 500 };
const ADMIN = { as: 'admin' };
const chart = { name: 'bus', version: '1.0.0' };

describe.each(['harbor', 'harbor-chartmuseum'] as const)(
  'scenario 40: from builtin to %s and back',
  (other) => {
    const cleanup = new AsyncDisposableStack();
    const image: DataSet = createDataSet();
    let lasting: NonNullable<WorldOptions['lasting']>;
    let harbor: OpenedHarbor;
    let archive: Buffer;
    /** As the objects were before the first change. */
    let before: { repository: TkeObject; chart: TkeObject; all: Map<string, string> };

    beforeAll(async () => {
      lasting = await createLasting(cleanup);
      harbor = await openHarbor(cleanup);
      addPlatforms(image, { tags: ['v1', 'latest'], layerCount: 1 });
    }, 120_000);

    afterAll(() => cleanup.disposeAsync());

    /** With the same objects, whatever keeps the content. */
    async function inWorld(
      kind: ProviderKind,
      work: (world: TkeWorld) => Promise<void>,
      configuration: object = {},
    ): Promise<void> {
      await using closing = new AsyncDisposableStack();
      const world = await openTkeWorld(kind, {
        lasting,
        ...(kind !== 'builtin' && { harbor }),
        configuration: { ...configuration },
      });
      closing.defer(() => world.close());
      await work(world);
      expect(world.leaks()).toEqual([]);
    }

    /** Names of all objects with their uids. */
    async function uidsOf(world: TkeWorld): Promise<Map<string, string>> {
      const uids = new Map<string, string>();
      for (const resource of ['namespaces', 'repositories', 'chartgroups', 'charts']) {
        const { items } = await list(world, `/${resource}`);
        for (const { metadata } of items) uids.set(metadata.name, metadata.uid);
      }
      return uids;
    }

    async function pulls(world: TkeWorld, times: number): Promise<void> {
      const client = new ImageClient(world);
      for (let pull = 0; pull < times; pull += 1) {
        expect((await client.getManifest('shop/nested/app', 'v1')).status).toBe(200);
      }
    }

    const repositoryIn = (world: TkeWorld) => findByName(world, '/repositories', 'nested/app');
    const countIn = async (world: TkeWorld) => (await repositoryIn(world))?.status['pullCount'];

    /** A count is looked at again after a push; the back end may add pulls in batches. */
    const countAfterPush = (world: TkeWorld) => async () => {
      const index = image.manifests.find(({ tags }) => tags.length > 0);
      if (index === undefined) throw new Error('nothing is tagged');
      const client = new ImageClient(world, ADMIN);
      expect((await client.putManifest('shop/nested/app', 'v1', index)).status).toBe(201);
      return countIn(world);
    };

    async function expectAllThere(world: TkeWorld): Promise<void> {
      expect(await uidsOf(world)).toEqual(before.all);
      const set = { ...image, manifests: image.manifests };
      for (const { descriptor, tags } of set.manifests) {
        for (const reference of [descriptor.digest, ...tags]) {
          const answer = await new ImageClient(world, ADMIN).getManifest(
            'shop/nested/app',
            reference,
            descriptor.mediaType,
          );
          expect([answer.status, answer.headers['docker-content-digest']]).toEqual([
            200,
            descriptor.digest,
          ]);
        }
      }
      for (const [digest, bytes] of image.blobs) {
        const blob = await new ImageClient(world, ADMIN).request(`shop/nested/app/blobs/${digest}`);
        expect(blob.bytes.equals(bytes)).toBe(true);
      }
      const pulled = await world.call('/chart/shop/charts/bus-1.0.0.tgz', ADMIN);
      expect([pulled.status, pulled.bytes.equals(archive)]).toEqual([200, true]);
      const provenance = await world.call('/chart/shop/charts/bus-1.0.0.tgz.prov', ADMIN);
      expect(provenance.text).toBe(signChart('bus', '1.0.0').toString());
      expect((await repositoryIn(world))?.status['tags']).toEqual(before.repository.status['tags']);
    }

    it('the built-in registry is filled', async () => {
      await inWorld('builtin', async (world) => {
        await create(world, 'namespaces', { name: 'shop', visibility: 'Public' });
        await create(world, 'chartgroups', { name: 'shop' });
        await new ImageClient(world, ADMIN).push('shop/nested/app', image);
        expect((await uploadChart(world, 'shop', chart)).status).toBe(201);
        const prov = signChart('bus', '1.0.0');
        expect((await postForm(world, '/chart/api/shop/prov', { prov }, ADMIN)).status).toBe(201);
        archive = (await world.call('/chart/shop/charts/bus-1.0.0.tgz', ADMIN)).bytes;
        await pulls(world, 3);
        await expect.poll(countAfterPush(world), SOON).toBe(3);
        const repository = await repositoryIn(world);
        const found = await findByName(world, '/charts', 'bus');
        if (repository === undefined || found === undefined) throw new Error('objects are missing');
        before = { repository, chart: found, all: await uidsOf(world) };
      });
    });

    it('while it is copied nothing is written, and everything can be read', async () => {
      const configuration = {
        storage: { inMemory: {}, maintenance: { readonly: { enabled: true } } },
      };
      const view = new HarborView(harbor);
      await inWorld(
        'builtin',
        async (world) => {
          const client = new ImageClient(world, ADMIN);
          const upload = await client.request('shop/nested/app/blobs/uploads/', { method: 'POST' });
          expect(upload.status).toBeGreaterThanOrEqual(400);
          const version = { name: 'bus', version: '2.0.0' };
          expect((await uploadChart(world, 'shop', version)).status).toBeGreaterThanOrEqual(400);
          await expectAllThere(world);
          for (const [project, isPublic] of [
            ['default-image-shop', true],
            ['default-chart-shop', true],
          ] as const) {
            await view.createProject(project, isPublic);
          }
          await view.push('default-image-shop/nested/app', image);
          await view.uploadChart('default-chart-shop', {
            chart: archive,
            prov: signChart('bus', '1.0.0'),
          });
        },
        configuration,
      );
    });

    it('then Harbor serves the same, with counts that go on', async () => {
      await inWorld(other, async (world) => {
        await expectAllThere(world);
        const count = z.number().parse(before.repository.status['pullCount']);
        expect(await countIn(world)).toBe(count);
        // Until the object was held against what Harbor counts, which began anew.
        const countedBy = async () => {
          await countAfterPush(world)();
          const { annotations } = z
            .looseObject({ annotations: z.record(z.string(), z.string()) })
            .parse((await repositoryIn(world))?.metadata);
          return annotations['registry.tkestack.io/counted-pulls'];
        };
        await expect.poll(countedBy, SOON).toMatch(/^harbor:/);
        expect(await countIn(world)).toBe(count);
        const group = await findByName(world, '/chartgroups', 'shop');
        expect(group?.status).toMatchObject({ phase: 'Available', chartCount: 1 });
        const namespace = await findByName(world, '/namespaces', 'shop');
        expect(namespace?.status).toMatchObject({ phase: 'Available', repoCount: 1 });
        expect(harbor.seen.length).toBeGreaterThan(0);
        // What is pushed from now on is Harbor's alone.
        await new ImageClient(world, ADMIN).push('shop/later', image);
      });
    });

    it('and the built-in registry again, with its old content', async () => {
      const seen = harbor.seen.length;
      await inWorld('builtin', async (world) => {
        await expect.poll(() => findByName(world, '/repositories', 'later'), SOON).toBeUndefined();
        await expectAllThere(world);
        const count = z.number().parse(before.repository.status['pullCount']);
        expect(await countIn(world)).toBeGreaterThanOrEqual(count);
      });
      expect(harbor.seen.length).toBe(seen);
    });
  },
);
