import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError } from '../../server/src/config/index.ts';
import { createRecordingLog } from '../../server/test/log.ts';
import { basicHeader, startTestRegistry } from '../../server/test/registry.ts';
import { addImage, createDataSet } from '../data.ts';
import { uploadChart } from './chart-files.ts';
import { onEachProvider } from './each-provider.ts';
import { ImageClient } from './image-client.ts';
import { bodyOf, create, list, refusalOf } from './objects.ts';
import type { TkeWorld } from './world.ts';

const ADMIN = { as: 'admin' };

const readonly = { maintenance: { readonly: { enabled: true } }, delete: { enabled: true } };

onEachProvider(
  (world) => {
    describe('scenario 17: readonly maintenance', () => {
      it('reads and refuses every change, saying why', async () => {
        const answers = await changesOf(world());
        for (const answer of answers) {
          // As Harbor does it.
          expect(answer.status).toBe(403);
          expect(answer.text).toMatch(/read-?\s?only/i);
        }
        expect((await list(world(), '/namespaces')).items).toEqual([]);
        expect((await new ImageClient(world(), ADMIN).request('')).status).toBe(200);
        expect((await world().call('/v2/library/absent/tags/list', ADMIN)).status).toBe(404);
      });

      it('is told to whoever asks for the system', async () => {
        const { json } = await world().call('/apis/gateway.tkestack.io/v1/sysinfo', ADMIN);
        expect(json).toMatchObject({
          registry: {
            defaultTenant: 'default',
            domainSuffix: 'registry.example.test',
            readOnly: true,
            backend: world().kind === 'builtin' ? 'builtin' : 'harbor',
          },
        });
      });
    });
  },
  { configuration: { storage: { inMemory: {}, ...readonly } } },
);

onEachProvider(
  (world) => {
    describe('scenario 17: enableAnonymous', () => {
      beforeAll(async () => {
        await create(world(), 'namespaces', { name: 'open', visibility: 'Private' });
        await create(world(), 'chartgroups', { name: 'open', visibility: 'User' });
      });

      it('lets everybody push and pull images of namespaces that are there', async () => {
        const set = createDataSet();
        addImage(set, { tags: ['v1'], layerCount: 1 });
        const client = new ImageClient(world());
        await client.push('open/app', set);
        await client.pullAll('open/app', set);
        const { bytes, status } = await world().call('/v2/open/app/manifests/v1');
        expect([status, bytes.equals(set.manifests[0]?.bytes ?? Buffer.of())]).toEqual([200, true]);
        const absent = await client.request('absent/app/blobs/uploads/', { method: 'POST' });
        expect([401, 403, 404]).toContain(absent.status);
      });

      it('B61: and charts, without an end of the server', async () => {
        const made = await uploadChart(world(), 'open', { name: 'app', version: '1.0.0' }, {});
        expect([made.status, made.json]).toEqual([201, { saved: true }]);
        expect((await world().call('/chart/open/index.yaml')).status).toBe(200);
        expect((await world().call('/chart/open/charts/app-1.0.0.tgz')).status).toBe(200);
      });

      it('but nobody else manages objects', async () => {
        expect(refusalOf(await world().api('/namespaces')).code).toBe(401);
      });
    });
  },
  { configuration: { security: { enableAnonymous: true } } },
);

describe('scenario 17: the configuration', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-tke-boot-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const base = {
    apiVersion: 'registry.config.tkestack.io/v1',
    kind: 'RegistryConfiguration',
    defaultTenant: 'default',
    domainSuffix: 'registry.example.test',
  };

  async function refusalOfFile(text: string): Promise<readonly string[]> {
    const file = join(directory, 'tke-registry-config.yaml');
    await writeFile(file, text);
    const started = startTestRegistry({ settings: { tkeConfig: file } });
    const error = await started.then(
      (registry) => registry.stop().then(() => undefined),
      (reason: unknown) => reason,
    );
    if (!(error instanceof ConfigError)) throw new Error(`it started: ${String(error)}`);
    return error.message.split('\n');
  }

  it('a wrong one fails at the start, with all that is wrong', async () => {
    const message = (
      await refusalOfFile(
        stringify({
          ...base,
          defaultTenant: 'a-image-b',
          domainSuffix: 'https://registry',
          storage: { fileSystem: {}, s3: {}, delete: { enabled: 'yes' } },
          redis: {},
          security: { tokenExpiredHours: 0, adminPasswordFile: 'absent' },
          harborEnabled: true,
          harborUrl: 'ftp://harbor.example.test/x',
          harborUsername: 'admin',
          harborCAFile: 'absent.crt',
          harborLogin: 'somehow',
        }),
      )
    ).join('\n');
    const fields = [
      'defaultTenant',
      'domainSuffix',
      'storage.fileSystem.rootDirectory',
      'storage.s3.bucket',
      'storage.s3.region',
      'storage.delete.enabled',
      'redis.addr',
      'security.tokenExpiredHours',
      'harborUrl',
      'harborCAFile',
      'harborLogin',
      'security.adminPassword',
    ];
    for (const field of fields) expect(message).toContain(field);
  });

  it.each([
    ['an empty file', '', 'empty'],
    ['no YAML', 'a: [', 'tke-registry-config.yaml'],
    ['a list', '- a\n', 'mapping'],
    ['another kind', stringify({ ...base, kind: 'Pod' }), 'kind: must be RegistryConfiguration'],
    ['no tenant', stringify({ ...base, defaultTenant: undefined }), 'defaultTenant: is required'],
  ])('%s is refused', async (_title, text, sentence) => {
    expect((await refusalOfFile(text)).join('\n')).toContain(sentence);
  });

  it('S3, redis and etcd do not decide: a file with them starts, and says so', async () => {
    const file = join(directory, 'tke-registry-config.yaml');
    const storage = {
      s3: { bucket: 'charts', region: 'north', accessKey: 'x', secretKey: 'y' },
      delete: { enabled: true },
    };
    const redis = { addr: '127.0.0.1:6379' };
    await writeFile(file, stringify({ ...base, storage, redis, unheardOf: true }));
    const { log, entries } = createRecordingLog();
    const registry = await startTestRegistry({ settings: { tkeConfig: file }, log });
    try {
      const text = JSON.stringify(entries.filter(({ level }) => level === 'warn'));
      for (const field of ['storage.s3', 'redis', 'unheardOf']) expect(text).toContain(field);
      const answer = await fetch(new URL('/v2/', registry.url));
      expect(answer.status).toBe(401);
    } finally {
      await registry.stop();
    }
  });

  it('S3 is no storage that Berth has: asking for it is refused, with what there is', async () => {
    await expect(
      startTestRegistry({ settings: { storage: 's3' } }).then((registry) => registry.stop()),
    ).rejects.toThrow(/BERTH_STORAGE: must be filesystem/);
  });

  it('without storage.delete nothing is deleted through /v2', async () => {
    const file = join(directory, 'tke-registry-config.yaml');
    await writeFile(file, stringify({ ...base, storage: { fileSystem: { rootDirectory: '/x' } } }));
    const registry = await startTestRegistry({ settings: { tkeConfig: file } });
    try {
      const answer = await fetch(
        new URL(`/v2/library/a/manifests/sha256:${'0'.repeat(64)}`, registry.url),
        { method: 'DELETE', headers: { authorization: basicHeader() } },
      );
      expect(answer.status).toBe(405);
    } finally {
      await registry.stop();
    }
  });
});

/** What each door says to a change. */
async function changesOf(world: TkeWorld) {
  return [
    await world.api('/namespaces', {
      ...ADMIN,
      method: 'POST',
      json: bodyOf('namespaces', { name: 'new' }),
    }),
    await world.api('/chartgroups', {
      ...ADMIN,
      method: 'POST',
      json: bodyOf('chartgroups', { name: 'new' }),
    }),
    await world.call('/v2/library/app/blobs/uploads/', { ...ADMIN, method: 'POST' }),
    await world.call('/apis/auth.tkestack.io/v1/apikeys/default/token', {
      ...ADMIN,
      method: 'POST',
      json: { expire: '1h' },
    }),
  ];
}
