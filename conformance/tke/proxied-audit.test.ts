import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { basicHeader } from '../../server/test/registry.ts';
import { uploadChart } from './chart-files.ts';
import { onEachProvider } from './each-provider.ts';
import { smallImage } from './harbor-view.ts';
import { ask } from './http.ts';
import { ImageClient } from './image-client.ts';
import { create, unique } from './objects.ts';

const TENANT = 'alpha';
const SOON = { timeout: 10_000, interval: 100 };

const entry = z.looseObject({
  username: z.string(),
  resource: z.string(),
  resource_type: z.string(),
  operation: z.string(),
  operation_result: z.boolean(),
});

onEachProvider((world, kind) => {
  const name = unique('shop');
  const own = { as: 'dev', tenant: TENANT };

  beforeAll(async () => {
    await world().createUser('dev', { tenant: TENANT });
    await world().createUser('viewer', { tenant: TENANT, role: 'viewer' });
    await world().createUser('boss', { tenant: TENANT, role: 'admin' });
    await create(world(), 'namespaces', { name, tenantID: TENANT, visibility: 'Private' });
    await create(world(), 'chartgroups', { name, visibility: 'User' }, own);
  });

  /** Who did what to what, and whether it was done; past the watch on names, since it tells all. */
  async function entries(username: string): Promise<string[]> {
    const path = `/api/v2.0/auditlog-exts?page_size=100&q=username=${username}`;
    const headers = { authorization: basicHeader() };
    const { json } = await ask(new URL(path, world().url), { headers });
    return z
      .array(entry)
      .parse(json)
      .map(({ resource, resource_type: type, operation, operation_result: isDone }) =>
        [operation, type, resource, isDone ? 'done' : 'refused'].join(' '),
      );
  }

  /** Our own back end writes projects as they are: they name tenant and namespace too. */
  const imageOf = (repository: string, reference: string) =>
    kind === 'builtin'
      ? `alpha-image-${name}/${repository}${reference}`
      : `alpha/${name}/${repository}${reference}`;

  describe('scenario 38: the log of what was done through the registry', () => {
    it('has who pushed and deleted which image of which tenant', async () => {
      const set = smallImage('v1');
      const digest = set.manifests[0]?.descriptor.digest ?? '';
      await new ImageClient(world(), own).push(`${name}/app`, set);
      const boss = new ImageClient(world(), { as: 'boss', tenant: TENANT });
      const gone = await boss.request(`${name}/app/manifests/${digest}`, { method: 'DELETE' });
      expect(gone.status).toBe(202);
      await expect
        .poll(() => entries('dev'), SOON)
        .toContain(`create artifact ${imageOf('app', ':v1')} done`);
      await expect
        .poll(() => entries('boss'), SOON)
        .toContain(`delete artifact ${imageOf('app', `@${digest}`)} done`);
    });

    it('has who was refused', async () => {
      const viewer = new ImageClient(world(), { as: 'viewer', tenant: TENANT });
      const set = smallImage('v2');
      const [item] = set.manifests;
      if (item === undefined) throw new Error('the set has no manifest');
      expect((await viewer.putManifest(`${name}/app`, 'v2', item)).status).toBe(403);
      await expect
        .poll(() => entries('viewer'), SOON)
        .toContain(`create artifact alpha/${name}/app:v2 refused`);
    });

    it('has who uploaded, deleted and was refused a chart', async () => {
      const chart = { name: 'bus', version: '1.0.0' };
      expect((await uploadChart(world(), name, chart, own)).status).toBe(201);
      const viewer = { as: 'viewer', tenant: TENANT };
      expect((await uploadChart(world(), name, chart, viewer)).status).toBe(403);
      const path = `/chart/api/${name}/charts/bus/1.0.0`;
      expect((await world().call(path, { ...own, method: 'DELETE' })).status).toBe(200);
      await expect
        .poll(() => entries('dev'), SOON)
        .toEqual(
          expect.arrayContaining([
            `create chart alpha/${name}/bus:1.0.0 done`,
            `delete chart alpha/${name}/bus:1.0.0 done`,
          ]),
        );
      await expect
        .poll(() => entries('viewer'), SOON)
        .toContain(`create chart alpha/${name} refused`);
    });

    it('has who managed which object', async () => {
      const group = await create(
        world(),
        'chartgroups',
        { name: unique('g'), visibility: 'User' },
        own,
      );
      const path = `/chartgroups/${group.metadata.name}`;
      expect((await world().api(path, { ...own, method: 'DELETE' })).status).toBe(200);
      await expect
        .poll(() => entries('dev'), SOON)
        .toEqual(
          expect.arrayContaining([
            `create chartgroups alpha/${group.metadata.name} done`,
            `delete chartgroups alpha/${group.metadata.name} done`,
          ]),
        );
    });
  });
});
