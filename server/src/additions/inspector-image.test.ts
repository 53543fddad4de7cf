import { digestOf, mediaType, parseManifest } from '@berth/oci';
import { afterAll, describe, expect, it } from 'vitest';
import { createArtifactInspector } from './inspector.ts';
import { limits } from './limits.ts';

const blobs = new Map<string, Buffer>();
let failure: Error | undefined;
const inspector = createArtifactInspector({
  async openBlob(_repository, digest) {
    if (failure !== undefined) throw failure;
    const content = blobs.get(digest);
    if (content === undefined) return undefined;
    return {
      size: content.length,
      async *read() {
        yield content;
      },
    };
  },
  findManifest: async () => undefined,
});
afterAll(() => inspector.close());

interface Stored {
  readonly type?: string;
  readonly isStored?: boolean;
  /** As the manifest says. */
  readonly size?: number;
}

function read(config: string, options: Stored = {}) {
  const { type = mediaType.ociConfig, isStored = true, size = 0 } = options;
  const bytes = Buffer.from(config);
  const digest = digestOf(bytes);
  if (isStored) blobs.set(digest, bytes);
  const content = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaType.ociManifest,
      config: { mediaType: type, digest, size: size || bytes.length },
      layers: [],
    }),
  );
  return inspector.readImageConfig('p/app', parseManifest(content, mediaType.ociManifest));
}

describe('the config of an image in storage', () => {
  it('is read by a thread', async () => {
    expect(await read('{"os":"linux","history":[{"created_by":"ADD"}]}')).toMatchObject({
      os: 'linux',
      history: [{ createdBy: 'ADD' }],
    });
  });

  it.each<[string, string, Stored]>([
    ['is no JSON', 'linux', {}],
    ['is no object', '[1]', {}],
    ['nests too deep', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, {}],
    ['is too large by what the manifest says', '{"x":1}', { size: limits.config + 1 }],
    ['is larger than the manifest says', `{"x":"${'x'.repeat(limits.config)}"}`, { size: 10 }],
    ['is missing', '{"x":2}', { isStored: false }],
    ['is not of an image', '{"os":"linux","x":3}', { type: 'application/vnd.acme.config.v1+json' }],
  ])('is left out when it %s', async (_what, config, options) => {
    expect(await read(config, options)).toBeUndefined();
  });

  it("is no reason to hide storage's failures", async () => {
    failure = new Error('the disk is gone');
    await expect(read('{"x":4}')).rejects.toThrow('the disk is gone');
    failure = undefined;
    expect(await read('{"x":4}')).toBeDefined();
  });
});
