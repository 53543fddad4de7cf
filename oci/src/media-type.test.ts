import { describe, expect, it } from 'vitest';
import {
  findMediaType,
  isImageManifest,
  isIndex,
  isManifestMediaType,
  isMediaType,
  isNonDistributable,
  mediaType,
  parseContentType,
} from './media-type.ts';

const { values } = Object;

function typesThat(matches: (text: string) => boolean): string[] {
  return values(mediaType).filter(matches);
}

describe('media type classes', () => {
  it('knows two image manifests and two indexes', () => {
    expect(typesThat(isImageManifest)).toEqual([mediaType.ociManifest, mediaType.dockerManifest]);
    expect(typesThat(isIndex)).toEqual([mediaType.ociIndex, mediaType.dockerManifestList]);
  });

  it('counts schema 1 among the manifests', () => {
    expect(typesThat(isManifestMediaType)).toHaveLength(6);
    expect(isManifestMediaType(mediaType.dockerManifestV1Signed)).toBe(true);
    expect(isManifestMediaType('application/json')).toBe(false);
  });

  it('knows the layers that may stay elsewhere by their names', () => {
    expect(typesThat(isNonDistributable)).toEqual(
      values(mediaType).filter((text) => /nondistributable|foreign/.test(text)),
    );
    expect(typesThat(isNonDistributable)).toHaveLength(5);
  });

  it('spells every type in its own grammar', () => {
    expect(typesThat(isMediaType)).toEqual(values(mediaType));
  });
});

describe('isMediaType', () => {
  it.each(['a/b', 'application/vnd.x+json', 'text/x-y_z', `a/${'b'.repeat(127)}`])(
    'takes %s',
    (text) => {
      expect(isMediaType(text)).toBe(true);
    },
  );

  it.each([
    '',
    'a',
    'a/',
    '/b',
    'a/b/c',
    'a/b; c=d',
    'a /b',
    '*/*',
    'a/b\n',
    'a/\u00e9',
    '.a/b',
    `a/${'b'.repeat(128)}`,
    `${'a'.repeat(127)}/${'b'.repeat(128)}`,
  ])('refuses %j', (text) => {
    expect(isMediaType(text)).toBe(false);
  });
});

describe('parseContentType', () => {
  it.each([
    ['application/json', 'application/json'],
    ['Application/JSON', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['application/json;', 'application/json'],
    [' application/json ', 'application/json'],
    [mediaType.ociManifest.toUpperCase(), mediaType.ociManifest],
  ])('reads %j as %s', (header, expected) => {
    expect(parseContentType(header)).toBe(expected);
  });

  it.each([
    '',
    ';',
    'json',
    'a/b/c',
    'a/b, c/d',
    'a b/c',
    'a/b c',
    'a/b\r\nx: y',
    'a/"b"',
    'a/\u00e9',
    `a/${'b'.repeat(254)}`,
  ])('refuses %j', (header) => {
    expect(parseContentType(header)).toBeUndefined();
  });

  it('leaves the spelling alone when only looking for the type', () => {
    expect(findMediaType('Application/X; a=b')).toBe('Application/X');
  });
});
