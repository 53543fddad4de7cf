import { type Digest, digestOf, type Manifest } from '@berth/oci';
import { describe, expect, it } from 'vitest';
import type { BuildStep } from '../artifacts/index.ts';
import { childrenOf, joinHistory } from './artifact-anatomy.ts';

const digest = (name: string): Digest => digestOf(Buffer.from(name));
const layer = (name: string, title?: string) => ({
  digest: digest(name),
  mediaType: 'application/octet-stream',
  size: 1,
  ...(title !== undefined && { annotations: { 'org.opencontainers.image.title': title } }),
});
const manifest: Manifest = {
  kind: 'image',
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  layers: [layer('a', 'a.txt'), layer('b', 'x'.repeat(5000))],
  manifests: [],
  annotations: {},
};
const step = (createdBy: string, isEmpty = false): BuildStep => ({ createdBy, isEmpty });

describe('the history of an image', () => {
  it('is joined with its layers, past steps that made none', () => {
    const steps = [step('ENV A=b', true), step('ADD a'), step('CMD', true), step('RUN b')];
    const { layers, history } = joinHistory(manifest, steps);
    expect(layers.map((one) => one.step?.createdBy)).toEqual(['ADD a', 'RUN b']);
    expect(history.map((one) => one.layerIndex)).toEqual([undefined, 0, undefined, 1]);
  });

  it.each([
    ['too few', [step('ADD a')]],
    ['too many', [step('ADD a'), step('RUN b'), step('RUN c')]],
    ['none', []],
  ])('stays apart where it has %s steps for them', (_what, steps) => {
    const { layers, history } = joinHistory(manifest, steps);
    expect(layers.map((one) => one.step)).toEqual([undefined, undefined]);
    expect(history.map((one) => one.layerIndex)).toEqual(steps.map(() => undefined));
  });

  it('leaves layers their titles, cut where they are too long', () => {
    const { layers } = joinHistory(manifest, []);
    expect(layers.map((one) => one.title?.length)).toEqual([5, 4096]);
  });
});

describe('the manifests in an index', () => {
  const index: Manifest = {
    ...manifest,
    kind: 'index',
    layers: [],
    manifests: [
      {
        ...layer('c'),
        platform: { os: 'linux', architecture: 'arm', variant: 'v7', 'os.version': '6' },
        annotations: { a: 'x'.repeat(5000) },
      },
      { ...layer('d'), platform: { os: 'unknown', architecture: 'unknown' } },
    ],
  };

  it('are told with their platforms, and their sizes where they are there', () => {
    const children = childrenOf(index, new Map([[digest('c'), 99]])) ?? [];
    expect(children).toMatchObject([
      { platform: 'linux/arm/v7', osVersion: '6', totalSize: 99 },
      { platform: undefined, totalSize: undefined },
    ]);
    expect(children[0]?.annotations['a']).toHaveLength(4096);
  });

  it('are not told of an image', () => {
    expect(childrenOf(manifest, new Map())).toBeUndefined();
  });
});
