import { describe, expect, it } from 'vitest';
import { listTabs, listWays } from './artifact-kind.ts';

const image = {
  type: 'IMAGE',
  manifest_media_type: 'application/vnd.oci.image.manifest.v1+json',
  addition_links: { build_history: {}, vulnerabilities: {} },
};

describe('the tabs of an artifact', () => {
  it('are those that it has something for', () => {
    expect(listTabs(image)).toEqual([
      'overview',
      'layers',
      'history',
      'tags',
      'accessories',
      'manifest',
    ]);
    const chart = { 'values.yaml': {}, 'readme.md': {}, dependencies: {} };
    expect(listTabs({ ...image, type: 'CHART', addition_links: chart })).toContain('values');
  });

  it('of an index have no layers', () => {
    const manifest_media_type = 'application/vnd.oci.image.index.v1+json';
    expect(listTabs({ type: 'IMAGE', manifest_media_type })).not.toContain('layers');
  });
});

describe('the ways to get an artifact', () => {
  it('are those of its kind', () => {
    expect(listWays({ type: 'IMAGE' }, true)).toContain('kubernetes');
    expect(listWays({ type: 'CHART' }, true)[0]).toBe('helm-install');
    expect(listWays({ type: 'CHART' }, true)).toContain('helm-repo');
    expect(listWays({ type: 'CHART' }, false)).not.toContain('helm-repo');
    expect(listWays({ type: 'UNKNOWN' }, true)).toEqual(['oras', 'skopeo']);
  });
});
