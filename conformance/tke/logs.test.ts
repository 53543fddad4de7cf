import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRecordingLog } from '../../server/test/log.ts';
import { ADMIN_PASSWORD, basicHeader } from '../../server/test/registry.ts';
import { addImage, createDataSet } from '../data.ts';
import { uploadChart } from './chart-files.ts';
import { onEachProvider } from './each-provider.ts';
import { ImageClient } from './image-client.ts';
import { create, expectStatus, findByName, nameOf, unique } from './objects.ts';
import { USER_PASSWORD } from './world.ts';

const JWT = /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}/;

const { log, entries } = createRecordingLog();

onEachProvider(
  (world) => {
    describe('what is written to the log', () => {
      it('B26: has no token, key or password in it, whatever happens', async () => {
        await world().createUser('lola', { tenant: 'other', role: 'member' });
        const secrets = [ADMIN_PASSWORD, USER_PASSWORD, basicHeader(), 'remote-password-77'];
        const lola = { as: 'lola', tenant: 'other' };
        const made = await world().call('/apis/auth.tkestack.io/v1/apikeys/default/token', {
          ...lola,
          method: 'POST',
          json: { expire: '1h' },
        });
        const key = z.looseObject({ spec: z.looseObject({ apiKey: z.string() }) });
        const { apiKey } = key.parse(made.json).spec;
        secrets.push(apiKey, basicHeader('lola', apiKey).slice('Basic '.length));
        const namespace = await create(world(), 'namespaces', {
          name: unique('logged'),
          tenantID: 'other',
        });
        const repository = `${nameOf(namespace)}/app`;
        const client = new ImageClient(world(), { as: 'lola', password: apiKey, tenant: 'other' });
        const set = createDataSet();
        addImage(set, { tags: ['v1'], layerCount: 1 });
        await client.push(repository, set);
        const issued = await client.fetchToken([`repository:${repository}:pull,push`]);
        secrets.push(z.looseObject({ token: z.string() }).parse(issued.json).token);
        const group = await create(world(), 'chartgroups', {
          name: unique('logged'),
          type: 'Imported',
          importedInfo: {
            addr: 'http://127.0.0.1:1/stable',
            username: 'puller',
            password: Buffer.from('remote-password-77').toString('base64'),
          },
        });
        secrets.push(Buffer.from('remote-password-77').toString('base64'));
        const path = `/chartgroups/${group.metadata.name}/repoupdating`;
        expect((await world().api(path, { as: 'admin', method: 'POST' })).status).not.toBe(200);
        const own = await create(world(), 'chartgroups', { name: unique('logged') });
        world().harbor?.fail(500);
        const upload = await uploadChart(world(), nameOf(own), { name: 'app', version: '1.0.0' });
        const missing = await client.getManifest(repository, 'absent');
        world().harbor?.fail(undefined);
        expect([201, 500, 502, 503]).toContain(upload.status);
        expect(missing.status).toBeGreaterThanOrEqual(400);
        const inside = `/namespaces/${namespace.metadata.name}/repositories`;
        const find = () => findByName(world(), inside, 'app');
        await expect.poll(find, { timeout: 20_000, interval: 100 }).toBeDefined();
        const object = await find();
        const gone = await world().api(`${inside}/${object?.metadata.name}`, {
          as: 'admin',
          method: 'DELETE',
        });
        expectStatus(gone, 200);
        expect(entries.length).toBeGreaterThan(5);
        const text = entries.map(present).join('\n');
        for (const secret of secrets) expect(text).not.toContain(secret);
        expect(text).not.toMatch(JWT);
      });
    });
  },
  { log },
);

/** With what errors say, and their causes. */
function present({ fields, message }: { fields: object; message: string }): string {
  const seen = (_key: string, value: unknown): unknown =>
    value instanceof Error
      ? { ...Object.fromEntries(Object.entries(value)), text: value.stack, cause: value.cause }
      : value;
  return `${message} ${JSON.stringify(fields, seen)}`;
}
