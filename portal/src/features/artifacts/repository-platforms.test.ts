import { describe, expect, it } from 'vitest';
import { platformsOf } from './repository-platforms.ts';

const member = (os: string, architecture: string, variant?: string) => ({
  parent_id: 1,
  child_digest: 'sha256:0',
  urls: null,
  platform: {
    os,
    architecture,
    "'os.features'": null,
    ...(variant !== undefined && { variant }),
  },
});

describe('the platforms of an artifact', () => {
  it('are those of the members of an index, each once', () => {
    const references = [
      member('linux', 'amd64'),
      member('linux', 'arm', 'v7'),
      member('linux', 'amd64'),
    ];
    expect(platformsOf({ references })).toEqual(['linux/amd64', 'linux/arm/v7']);
  });

  it('leave attestations out', () => {
    const references = [member('linux', 'amd64'), member('unknown', 'unknown')];
    expect(platformsOf({ references })).toEqual(['linux/amd64']);
  });

  it('are what the config of an image says', () => {
    expect(
      platformsOf({ references: null, extra_attrs: { os: 'linux', architecture: 'arm64' } }),
    ).toEqual(['linux/arm64']);
  });

  it('are none where nothing, or nonsense, is said', () => {
    expect(platformsOf({ references: [] })).toEqual([]);
    expect(platformsOf({ references: [], extra_attrs: { os: 7, architecture: '' } })).toEqual([]);
  });
});
