import { describe, expect, it } from 'vitest';
import { parseDescriptor } from './descriptor.ts';
import { digestOf } from './digest.ts';
import type { JsonValue } from './json-value.ts';
import { mediaType } from './media-type.ts';

const bytes = new TextEncoder().encode('{}');
const valid = { mediaType: mediaType.ociEmpty, digest: digestOf(bytes), size: 2 };

describe('parseDescriptor', () => {
  it('reads every field and drops unknown ones', () => {
    const full = {
      ...valid,
      digest: digestOf(bytes, 'sha512'),
      urls: ['https://example.test/a'],
      annotations: { 'org.example': 'x', constructor: 'y' },
      data: 'e30=',
      artifactType: 'application/x',
      platform: { os: 'linux', architecture: 'amd64' },
    };
    expect(parseDescriptor({ ...full, extra: [1] }, 'd')).toEqual(full);
  });

  it('takes null for any absent optional field', () => {
    const value = { ...valid, urls: null, annotations: null, data: null, platform: null };
    expect(parseDescriptor({ ...value, artifactType: null }, 'd')).toEqual(valid);
  });

  it('takes the empty blob with empty data', () => {
    const empty = { ...valid, size: 0, digest: digestOf(new Uint8Array()), data: '' };
    expect(parseDescriptor(empty, 'd')).toEqual(empty);
  });

  it('keeps annotations free of inherited members', () => {
    const { annotations } = parseDescriptor({ ...valid, annotations: {} }, 'd');
    expect(annotations?.['constructor']).toBeUndefined();
  });

  const refused: [string, JsonValue, string][] = [
    ['null', null, 'd must be an object'],
    ['an array', [], 'd must be an object'],
    ['text', 'x', 'd must be an object'],
    ['no mediaType', { digest: valid.digest, size: 2 }, 'd.mediaType must be a string'],
    ['an empty mediaType', { ...valid, mediaType: '' }, 'd.mediaType'],
    ['a mediaType without slash', { ...valid, mediaType: 'json' }, 'd.mediaType'],
    ['a mediaType with parameters', { ...valid, mediaType: 'a/b; c=d' }, 'd.mediaType'],
    ['a mediaType with a newline', { ...valid, mediaType: 'a/b\n' }, 'd.mediaType'],
    ['no digest', { mediaType: 'a/b', size: 2 }, 'd.digest'],
    ['an upper-case digest', { ...valid, digest: valid.digest.toUpperCase() }, 'd.digest'],
    ['an md5 digest', { ...valid, digest: `md5:${'0'.repeat(32)}` }, 'd.digest'],
    ['a path for a digest', { ...valid, digest: 'sha256:../../etc' }, 'd.digest'],
    ['no size', { mediaType: 'a/b', digest: valid.digest }, 'd.size'],
    ['a negative size', { ...valid, size: -1 }, 'd.size'],
    ['a fractional size', { ...valid, size: 1.5 }, 'd.size'],
    ['a textual size', { ...valid, size: '2' }, 'd.size'],
    ['an unsafe size', { ...valid, size: 2 ** 53 }, 'd.size'],
    ['one url as text', { ...valid, urls: 'https://example.test' }, 'd.urls must be an array'],
    ['a url that is none', { ...valid, urls: ['a', 1] }, 'd.urls[1] must be a string'],
    ['annotations as a list', { ...valid, annotations: [] }, 'd.annotations must be an object'],
    ['a numeric annotation', { ...valid, annotations: { a: 1 } }, 'd.annotations.a'],
    ['a null annotation', { ...valid, annotations: { a: null } }, 'd.annotations.a'],
    ['NUL in an annotation', { ...valid, annotations: { a: '\0' } }, 'NUL'],
    ['half a surrogate pair in an annotation', { ...valid, annotations: { a: '\ud800' } }, 'NUL'],
    ['NUL in an annotation key', { ...valid, annotations: { 'a\0': 'b' } }, 'NUL'],
    ['data that is no base64', { ...valid, data: '!' }, 'd.data must be base64'],
    ['data without padding', { ...valid, data: 'e30' }, 'd.data must be base64'],
    ['data with white space', { ...valid, data: 'e30=\n' }, 'd.data must be base64'],
    ['data with stray bits', { ...valid, data: 'e31=' }, 'd.data must be base64'],
    ['data in the URL alphabet', { ...valid, size: 3, data: '-_-_' }, 'd.data must be base64'],
    ['data of another length', { ...valid, size: 3, data: 'e30=' }, 'd.data must be as long'],
    ['data of another digest', { ...valid, data: 'W10=' }, 'd.data must hash'],
    ['a numeric artifactType', { ...valid, artifactType: 1 }, 'd.artifactType'],
    ['an artifactType with a newline', { ...valid, artifactType: 'a\nb' }, 'd.artifactType'],
    ['an endless artifactType', { ...valid, artifactType: 'a'.repeat(256) }, 'd.artifactType'],
    ['a textual platform', { ...valid, platform: 'linux/amd64' }, 'd.platform'],
    ['Digest beside digest', { ...valid, Digest: valid.digest }, 'd.Digest must be spelled'],
    ['a long s in size', { ...valid, '\u017fize': 3 }, 'must be spelled "size"'],
  ];

  it.each(refused)('refuses %s', (_, value, sentence) => {
    expect(() => parseDescriptor(value, 'd')).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_INVALID',
        message: expect.stringContaining(sentence),
      }),
    );
  });
});
