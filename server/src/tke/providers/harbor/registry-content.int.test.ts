import { digestOf } from '@berth/oci';
import { afterEach, describe, expect, it } from 'vitest';
import { createEgress } from '../../../egress/index.ts';
import { kindOf } from '../provider.contract.ts';
import { harborConfiguration } from './configuration.fixture.ts';
import { createHarborApi } from './harbor-api.ts';
import {
  type HarborStub,
  type StubAnswer,
  type StubRequest,
  startHarborStub,
} from './harbor-stub.fixture.ts';
import { RegistryContent } from './registry-content.ts';

const REPOSITORY = 'acme-chart-x/app';
const bytes = Buffer.from('content');
const digest = digestOf(bytes);

let stub: HarborStub | undefined;
afterEach(() => stub?.close());

async function openRegistry(answer: (request: StubRequest) => StubAnswer) {
  const started = await startHarborStub(answer);
  stub = started;
  const api = createHarborApi({
    egress: createEgress(),
    configuration: harborConfiguration(started.url),
    pause: () => Promise.resolve(),
  });
  return { content: new RegistryContent(api), stub: started };
}

describe('an upload to the registry of a Harbor', () => {
  const location = 'https://harbor.internal/v2/acme-chart-x/app/blobs/uploads/7?_state=a%2Fb';

  it('goes on at the configured address, whatever host Harbor takes itself for', async () => {
    const { content, stub } = await openRegistry(({ method }) => {
      if (method === 'HEAD') return { status: 404 };
      return method === 'POST' ? { status: 202, headers: { location } } : { status: 201 };
    });
    expect(await content.putBlob(REPOSITORY, bytes)).toBe(digest);
    const put = new URL(stub.requests.at(-1)?.path ?? '', stub.url);
    expect(put.pathname).toBe('/v2/acme-chart-x/app/blobs/uploads/7');
    expect(put.searchParams.get('_state')).toBe('a/b');
    expect(put.searchParams.get('digest')).toBe(digest);
    expect(stub.requests.at(-1)?.body).toBe('content');
  });

  it('is not made of what is there', async () => {
    const { content, stub } = await openRegistry(() => ({ status: 200 }));
    await content.putBlob(REPOSITORY, bytes);
    expect(stub.calls()).toEqual([`HEAD /v2/${REPOSITORY}/blobs/${digest}`]);
  });

  it('is done when its answer was lost and the blob is there', async () => {
    let puts = 0;
    const { content } = await openRegistry(({ method }) => {
      if (method === 'HEAD') return { status: puts > 0 ? 200 : 404 };
      if (method === 'POST') return { status: 202, headers: { location } };
      puts += 1;
      return puts === 1 ? 'cut' : { status: 404 };
    });
    expect(await content.putBlob(REPOSITORY, bytes)).toBe(digest);
  });

  it('has come too late when the blob is not there', async () => {
    const { content } = await openRegistry(({ method }) =>
      method === 'POST' ? { status: 202, headers: { location } } : { status: 404 },
    );
    await expect(content.putBlob(REPOSITORY, bytes)).rejects.toMatchObject({ kind: 'conflict' });
  });
});

describe('a download from the registry of a Harbor', () => {
  it('is refused when its bytes are others than the digest says', async () => {
    const { content } = await openRegistry(() => ({ status: 200, body: 'others' }));
    expect(await kindOf(content.findBlob(REPOSITORY, digest, 100))).toBe('unavailable');
  });

  it('is refused when it is larger than may be', async () => {
    const { content } = await openRegistry(() => ({ status: 200, body: 'content' }));
    expect(await kindOf(content.findBlob(REPOSITORY, digest, 6))).toBe('unavailable');
    expect(await content.findBlob(REPOSITORY, digest, 7)).toEqual(bytes);
  });

  it('of a manifest is no pull to Harbor unless it is one', async () => {
    const { content, stub } = await openRegistry(() => ({ status: 200, body: '{}' }));
    await content.findManifest(REPOSITORY, '1.0.0');
    await content.findManifest(REPOSITORY, '1.0.0', true);
    const agents = stub.requests.map(({ headers }) => headers['user-agent']);
    expect(agents).toEqual(['harbor-registry-client', 'berth']);
  });
});
