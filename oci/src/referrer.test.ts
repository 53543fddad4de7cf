import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.ts';
import { mediaType } from './media-type.ts';
import { emptyIndex, presentReferrer, presentReferrers } from './referrer.ts';

const base = { mediaType: mediaType.ociManifest, digest: digestOf(new Uint8Array()), size: 7 };

describe('presentReferrer', () => {
  it('shows all of a referrer and nothing else of the object given', () => {
    const referrer = { ...base, artifactType: 'a/b', annotations: { k: 'v' } };
    const row = { ...referrer, id: 1 };
    expect(presentReferrer(row)).toStrictEqual(referrer);
  });

  it('leaves out what is empty', () => {
    expect(presentReferrer({ ...base, annotations: {} })).toStrictEqual(base);
    expect(presentReferrer({ ...base, artifactType: '', annotations: {} })).toStrictEqual(base);
  });
});

describe('presentReferrers', () => {
  it('gives an image index', () => {
    expect(presentReferrers([{ ...base, annotations: {} }])).toEqual({
      schemaVersion: 2,
      mediaType: mediaType.ociIndex,
      manifests: [base],
    });
  });

  it('gives the empty index for none, which nobody can change', () => {
    expect(presentReferrers([])).toEqual(emptyIndex);
    expect(Object.isFrozen(emptyIndex) && Object.isFrozen(emptyIndex.manifests)).toBe(true);
  });
});
