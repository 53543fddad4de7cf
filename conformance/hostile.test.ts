import { digestOf } from '@berth/oci';
import { afterAll, describe, expect, it } from 'vitest';
import { addImage, createBytes, createDataSet } from './data.ts';
import {
  type HostileCase,
  type HostileTarget,
  listCredentialCases,
  listPathCases,
} from './hostile-cases.ts';
import { listBodyCases, listFramingCases } from './hostile-framing.ts';
import { sendRaw } from './raw-request.ts';
import { basic, openRegistry } from './registry.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const repository = `${await registry.createProject()}/hostile`;
const set = createDataSet();
const image = addImage(set, { tags: ['latest'] });
for (const [digest, bytes] of set.blobs) await registry.client.blobPush(repository, digest, bytes);
for (const { bytes, descriptor } of set.manifests) {
  await registry.client.manifestPut(repository, 'latest', bytes, descriptor.mediaType);
}
const uploads = await Promise.all(
  Array.from({ length: 30 }, () => registry.client.uploadStart(repository)),
);
const [blob = digestOf(new Uint8Array())] = set.blobs.keys();
const missing = digestOf(createBytes(16));

const target: HostileTarget = {
  host: new URL(registry.url).host,
  authorization: basic(registry.username, registry.password),
  repository,
  digest: blob,
  missing,
  upload() {
    const upload = uploads.pop();
    if (upload === undefined) throw new Error('open more uploads');
    return upload.location.pathname;
  },
};

/** The server lives, and a pull is what it was. */
async function isUnharmed(): Promise<boolean> {
  const health = await registry.call('GET', registry.own ? '/healthz' : '/v2/');
  const { digest } = await registry.client.manifestGet(repository, 'latest');
  return health.status === 200 && digest === image.digest;
}

async function judge({ bytes, isCutOff = false, harmless = [] }: HostileCase): Promise<string> {
  const { statuses, isEnded, text } = await sendRaw(registry.url, { bytes, isCutOff });
  if (!isEnded) return 'neither answered nor closed';
  if (statuses.length > 1) return `answered ${statuses.length} times`;
  const [status] = statuses;
  if (status === undefined) return text === '' ? 'refused' : 'answered outside HTTP';
  const isRefusal = status >= 400 && status < 500;
  return isRefusal || harmless.includes(status) ? 'refused' : `answered ${status}`;
}

describe.each([
  { kind: 'paths', cases: listPathCases(target) },
  { kind: 'credentials', cases: listCredentialCases(target) },
  { kind: 'framing', cases: listFramingCases(target) },
  { kind: 'bodies', cases: listBodyCases(target) },
])('hostile $kind', ({ cases }) => {
  it.each(cases)('are refused: $name', async (hostile) => {
    expect(await judge(hostile)).toBe('refused');
    expect(await isUnharmed()).toBe(true);
  });
});

describe('afterwards', () => {
  it('nothing that was sent is stored', async () => {
    expect(await registry.client.blobFind(repository, missing)).toBeUndefined();
    expect(await registry.client.manifestFind(repository, 'hostile')).toBeUndefined();
    expect(await registry.client.tagList(repository)).toEqual(['latest']);
    for (const name of ['half', 'x']) {
      const answer = await registry.call('GET', `/api/v2.0/projects/${name}`, {
        headers: { authorization: target.authorization },
      });
      expect(answer.status).toBe(404);
    }
  });

  it('answers many requests that come at once', async () => {
    const cases = [...listPathCases(target), ...listCredentialCases(target)].slice(0, 200);
    expect(new Set(await Promise.all(cases.map(judge)))).toEqual(new Set(['refused']));
    expect(await isUnharmed()).toBe(true);
  });
});
