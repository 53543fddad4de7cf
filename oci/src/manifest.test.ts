import { describe, expect, it } from 'vitest';
import type { Descriptor } from './descriptor.ts';
import { digestOf } from './digest.ts';
import {
  MAX_MANIFEST_BYTES,
  MAX_MANIFEST_DESCRIPTORS,
  type Manifest,
  parseManifest,
  referencedBlobs,
  referencedManifests,
} from './manifest.ts';
import { mediaType } from './media-type.ts';

const { ociManifest, ociIndex, dockerManifest, dockerManifestList } = mediaType;

function encode(body: unknown): Uint8Array {
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}

function parse(body: unknown, contentType?: string): Manifest {
  return parseManifest(encode(body), contentType);
}

function descriptor(name: string, type: string): Descriptor {
  return { mediaType: type, digest: digestOf(encode(name)), size: name.length };
}

const config = descriptor('config', mediaType.ociConfig);
const layer = descriptor('layer', mediaType.ociLayerGzip);
const child = descriptor('child', ociManifest);
const image = { schemaVersion: 2, config, layers: [layer] };
const index = { schemaVersion: 2, manifests: [child] };
const imageText = JSON.stringify(image);
const custom = 'application/vnd.Example.thing+json';

describe('parseManifest', () => {
  it('reads an image', () => {
    const subject = descriptor('subject', ociManifest);
    const annotations = { 'org.example': 'x' };
    expect(parse({ ...image, mediaType: ociManifest, subject, annotations }, ociManifest)).toEqual({
      kind: 'image',
      mediaType: ociManifest,
      artifactType: mediaType.ociConfig,
      config,
      layers: [layer],
      manifests: [],
      subject,
      annotations,
    });
  });

  it('reads an index', () => {
    expect(parse({ ...index, mediaType: ociIndex }, ociIndex)).toEqual({
      kind: 'index',
      mediaType: ociIndex,
      layers: [],
      manifests: [child],
      annotations: {},
    });
  });

  it.each([
    ['OCI without mediaType in the body', image, ociManifest, ociManifest],
    ['an OCI index without mediaType', index, ociIndex, ociIndex],
    ['no Content-Type', { ...image, mediaType: ociManifest }, undefined, ociManifest],
    ['an empty Content-Type', { ...index, mediaType: ociIndex }, '', ociIndex],
    ['parameters', image, `${ociManifest}; charset=utf-8`, ociManifest],
    [
      'an upper-case header',
      { ...image, mediaType: ociManifest },
      ociManifest.toUpperCase(),
      ociManifest,
    ],
    ['Docker schema 2', { ...image, mediaType: dockerManifest }, dockerManifest, dockerManifest],
    [
      'a Docker list',
      { ...index, mediaType: dockerManifestList },
      dockerManifestList,
      dockerManifestList,
    ],
    ['no layers', { ...image, layers: [] }, ociManifest, ociManifest],
    ['an empty index', { ...index, manifests: [] }, ociIndex, ociIndex],
    ['unknown fields', { ...image, 'x-y': { manifests: [] } }, ociManifest, ociManifest],
    ['null for no subject', { ...image, subject: null }, ociManifest, ociManifest],
    ['an unknown type of an image', image, custom, custom],
    ['an unknown type of an index', index, custom, custom],
    ['an unknown type in the body', { ...image, mediaType: custom }, undefined, custom],
    ['an unknown type in both', { ...image, mediaType: custom }, custom, custom],
  ])('takes %s', (_, body, contentType, expected) => {
    const manifest = parse(body, contentType);
    expect(manifest.mediaType).toBe(expected);
    expect(manifest.kind).toBe('config' in body ? 'image' : 'index');
  });

  it('prefers the artifactType of the manifest to that of its config', () => {
    expect(parse({ ...image, artifactType: 'a/b' }, ociManifest).artifactType).toBe('a/b');
    expect(parse({ ...image, artifactType: '' }, ociManifest).artifactType).toBe(config.mediaType);
    expect(parse({ ...index, artifactType: 'a/b' }, ociIndex).artifactType).toBe('a/b');
    expect(parse(index, ociIndex).artifactType).toBeUndefined();
  });

  it('takes a manifest of exactly 4 MiB and refuses one more byte with 413', () => {
    const padded = imageText.padEnd(MAX_MANIFEST_BYTES);
    expect(parse(padded, ociManifest).kind).toBe('image');
    expect(() => parse(`${padded} `, ociManifest)).toThrow(
      expect.objectContaining({ code: 'SIZE_INVALID', status: 413 }),
    );
  });

  it('takes 10,000 layers and refuses one more', () => {
    const layers = Array.from({ length: MAX_MANIFEST_DESCRIPTORS }, () => layer);
    expect(parse({ ...image, layers }, ociManifest).layers).toHaveLength(MAX_MANIFEST_DESCRIPTORS);
    expect(() => parse({ ...image, layers: [...layers, layer] }, ociManifest)).toThrow(
      '$.layers must have at most 10000 entries',
    );
  });

  it.each([
    [{ schemaVersion: 1, fsLayers: [] }, mediaType.dockerManifestV1],
    [{ schemaVersion: 1, fsLayers: [] }, mediaType.dockerManifestV1Signed],
    [{ ...image, mediaType: mediaType.dockerManifestV1 }, undefined],
    [{ ...image, mediaType: mediaType.dockerManifestV1Signed }, ociManifest],
  ])('refuses schema 1 as unsupported (%#)', (body, contentType) => {
    expect(() => parse(body, contentType)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', status: 400 }),
    );
  });
});

const sha = config.digest;
const hostile: [name: string, body: unknown, contentType: string | undefined, sentence: string][] =
  [
    // not a document
    ['an empty body', '', ociManifest, 'not valid JSON'],
    ['text', 'hello', ociManifest, 'not valid JSON'],
    ['an array', [], ociManifest, '$ must be an object'],
    ['null', 'null', ociManifest, '$ must be an object'],
    ['a string', '"x"', ociManifest, '$ must be an object'],
    ['a number', '2', ociManifest, '$ must be an object'],
    ['two documents', imageText + imageText, ociManifest, 'not valid JSON'],
    ['a byte order mark', `\ufeff${imageText}`, ociManifest, 'byte order mark'],
    ['a cut document', imageText.slice(0, -1), ociManifest, 'not valid JSON'],
    ['a bomb of brackets', `{"a":${'['.repeat(100_000)}`, ociManifest, 'nested deeper'],
    ['a NUL at the end', `${imageText}\0`, ociManifest, 'not valid JSON'],
    // keys twice
    [
      'config twice',
      imageText.replace('{', `{"config":{},`),
      ociManifest,
      '$.config is given twice',
    ],
    [
      'an escaped layers',
      imageText.replace('{', '{"l\\u0061yers":[],'),
      ociManifest,
      'given twice',
    ],
    [
      'mediaType twice',
      '{"mediaType":"a/b","mediaType":"c/d"}',
      'a/b',
      '$.mediaType is given twice',
    ],
    [
      'a digest twice',
      imageText.replace('"digest"', `"digest":"${sha}","digest"`),
      ociManifest,
      '$.config.digest is given twice',
    ],
    ['__proto__', `{"__proto__":${imageText}}`, ociManifest, 'not allowed'],
    // spelling
    ['Manifests', { ...image, Manifests: [child] }, ociManifest, '"manifests"'],
    ['MANIFESTS', { ...image, MANIFESTS: [] }, ociManifest, '"manifests"'],
    ['a long s in manifests', { ...image, 'manifest\u017f': [] }, ociManifest, '"manifests"'],
    ['Layers', { ...image, Layers: [] }, ociManifest, '"layers"'],
    ['MediaType', { ...image, MediaType: ociIndex }, ociManifest, '"mediaType"'],
    ['Subject', { ...image, Subject: child }, ociManifest, '"subject"'],
    ['Config in an index', { ...index, Config: config }, ociIndex, '"config"'],
    [
      'Digest in the config',
      { ...image, config: { ...config, Digest: sha } },
      ociManifest,
      '"digest"',
    ],
    // schemaVersion
    ['no schemaVersion', { config, layers: [] }, ociManifest, '$.schemaVersion must be 2'],
    ['schemaVersion 1', { ...image, schemaVersion: 1 }, ociManifest, '$.schemaVersion must be 2'],
    [
      'schemaVersion "2"',
      { ...image, schemaVersion: '2' },
      ociManifest,
      '$.schemaVersion must be 2',
    ],
    ['schemaVersion 3', { ...index, schemaVersion: 3 }, ociIndex, '$.schemaVersion must be 2'],
    ['schemaVersion true', { ...image, schemaVersion: true }, custom, '$.schemaVersion must be 2'],
    // ambiguity
    [
      'manifests beside config',
      { ...index, config },
      ociIndex,
      '$.manifests must not stand beside config',
    ],
    ['manifests beside layers', { ...index, layers: [] }, ociIndex, 'beside layers'],
    ['manifests beside fsLayers', { ...index, fsLayers: [] }, ociIndex, 'beside fsLayers'],
    ['an image and an index', { ...image, ...index }, ociManifest, 'beside config, layers'],
    ['manifests null in an image', { ...image, manifests: null }, ociManifest, 'beside'],
    ['empty manifests in an image', { ...image, manifests: [] }, ociManifest, 'beside'],
    ['layers null in an index', { ...index, layers: null }, ociIndex, 'beside layers'],
    ['both under an unknown type', { ...image, ...index }, custom, 'beside'],
    ['fsLayers in an image', { ...image, fsLayers: [] }, ociManifest, '$.fsLayers'],
    // types
    ['no type at all', image, undefined, '$.mediaType must be given'],
    ['image type, index body', index, ociManifest, '$.config must be an object'],
    ['index type, image body', image, ociIndex, '$.manifests must be an array'],
    [
      'index in the header, image in the body',
      { ...image, mediaType: ociManifest },
      ociIndex,
      'equal',
    ],
    [
      'image in the header, index in the body',
      { ...index, mediaType: ociIndex },
      ociManifest,
      'equal',
    ],
    [
      'OCI in the header, Docker in the body',
      { ...image, mediaType: dockerManifest },
      ociManifest,
      'equal',
    ],
    [
      'Docker in the header, OCI in the body',
      { ...image, mediaType: ociManifest },
      dockerManifest,
      'equal',
    ],
    [
      'JSON in the header, OCI in the body',
      { ...image, mediaType: ociManifest },
      'application/json',
      'equal',
    ],
    [
      'unknown types that differ in case',
      { ...image, mediaType: custom.toLowerCase() },
      custom,
      'equal',
    ],
    ['Docker schema 2 without mediaType', image, dockerManifest, '$.mediaType must be given'],
    ['a Docker list without mediaType', index, dockerManifestList, '$.mediaType must be given'],
    [
      'a null mediaType',
      { ...image, mediaType: null },
      ociManifest,
      '$.mediaType must be a string',
    ],
    [
      'a numeric mediaType',
      { ...image, mediaType: 2 },
      ociManifest,
      '$.mediaType must be a string',
    ],
    [
      'an empty mediaType',
      { ...image, mediaType: '' },
      ociManifest,
      '$.mediaType must be a media type',
    ],
    [
      'parameters in mediaType',
      { ...image, mediaType: `${ociManifest};a=b` },
      ociManifest,
      '$.mediaType',
    ],
    [
      'a known type in upper case',
      { ...image, mediaType: ociManifest.toUpperCase() },
      undefined,
      'lower case',
    ],
    [
      'a known type in upper case in both',
      { ...image, mediaType: ociManifest.toUpperCase() },
      ociManifest.toUpperCase(),
      'equal',
    ],
    ['a header that is no type', image, 'json', 'Content-Type is not a media type'],
    ['two types in the header', image, `${ociManifest}, ${ociIndex}`, 'Content-Type is not'],
    [
      'an unknown type of neither kind',
      { schemaVersion: 2, blobs: [] },
      custom,
      '$ must have config',
    ],
    ['an unknown type without config', { schemaVersion: 2, layers: [] }, custom, '$.config'],
    ['an unknown type without layers', { schemaVersion: 2, config }, custom, '$.layers'],
    // shape
    ['no config', { schemaVersion: 2, layers: [] }, ociManifest, '$.config must be an object'],
    ['a null config', { ...image, config: null }, ociManifest, '$.config must be an object'],
    ['config as a list', { ...image, config: [config] }, ociManifest, '$.config must be an object'],
    ['no layers field', { schemaVersion: 2, config }, ociManifest, '$.layers must be an array'],
    ['null layers', { ...image, layers: null }, ociManifest, '$.layers must be an array'],
    ['layers as an object', { ...image, layers: { length: 1, 0: layer } }, ociManifest, '$.layers'],
    [
      'a null layer',
      { ...image, layers: [layer, null] },
      ociManifest,
      '$.layers[1] must be an object',
    ],
    ['manifests as text', { ...index, manifests: 'x' }, ociIndex, '$.manifests must be an array'],
    [
      'a child without digest',
      { ...index, manifests: [{ ...child, digest: '' }] },
      ociIndex,
      '$.manifests[0].digest',
    ],
    [
      'a traversing digest',
      { ...image, config: { ...config, digest: 'sha256:../x' } },
      ociManifest,
      '$.config.digest',
    ],
    [
      'a negative size',
      { ...image, layers: [{ ...layer, size: -1 }] },
      ociManifest,
      '$.layers[0].size',
    ],
    [
      'a size of 2^53 + 1',
      imageText.replace('"size":6', '"size":9007199254740993'),
      ociManifest,
      '$.config.size is a number that cannot be held exactly',
    ],
    [
      'data that lies',
      { ...image, layers: [{ ...layer, data: 'e30=' }] },
      ociManifest,
      '$.layers[0].data',
    ],
    [
      'a platform as text',
      { ...index, manifests: [{ ...child, platform: 'x' }] },
      ociIndex,
      '$.manifests[0].platform',
    ],
    ['a textual subject', { ...image, subject: sha }, ociManifest, '$.subject must be an object'],
    [
      'a subject without size',
      { ...image, subject: { mediaType: ociManifest, digest: sha } },
      ociManifest,
      '$.subject.size',
    ],
    [
      'annotations as a list',
      { ...image, annotations: ['a'] },
      ociManifest,
      '$.annotations must be an object',
    ],
    ['a nested annotation', { ...image, annotations: { a: {} } }, ociManifest, '$.annotations.a'],
    ['NUL in an annotation', { ...image, annotations: { a: '\0' } }, ociManifest, 'NUL'],
    ['a numeric artifactType', { ...image, artifactType: 7 }, ociManifest, '$.artifactType'],
    [
      'a control character in artifactType',
      { ...index, artifactType: 'a/b\r' },
      ociIndex,
      '$.artifactType',
    ],
  ];

describe('hostile manifests', () => {
  it.each(hostile)('are refused: %s', (_, body, contentType, sentence) => {
    expect(() => parse(body, contentType)).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_INVALID',
        status: 400,
        message: expect.stringContaining(sentence),
      }),
    );
  });
});

describe('referencedBlobs', () => {
  it('lists config and layers without those that may stay elsewhere', () => {
    const foreign = descriptor('foreign', mediaType.dockerForeignLayer);
    const layers = [foreign, layer, { ...foreign, urls: ['https://example.test'] }];
    expect(referencedBlobs(parse({ ...image, layers }, ociManifest))).toEqual([config, layer]);
  });

  it('is empty for an index', () => {
    expect(referencedBlobs(parse(index, ociIndex))).toEqual([]);
  });
});

describe('referencedManifests', () => {
  it('lists the children, never the subject', () => {
    const manifest = parse({ ...index, subject: descriptor('s', ociManifest) }, ociIndex);
    expect(referencedManifests(manifest)).toEqual([child]);
    expect(referencedManifests(parse({ ...image, subject: child }, ociManifest))).toEqual([]);
  });
});
