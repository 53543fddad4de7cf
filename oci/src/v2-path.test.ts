import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.ts';
import { OciError } from './error-code.ts';
import { parseV2Path, type V2Path } from './v2-path.ts';

const digest = digestOf(Buffer.from('x'));
const digest512 = digestOf(Buffer.from('x'), 'sha512');
const id = '01234567-89ab-cdef-0123-456789abcdef';

/** The code of the refusal, or 'none' when the path is passed over. */
function refusalOf(path: string): string {
  try {
    return parseV2Path(path) === undefined ? 'none' : 'accepted';
  } catch (error) {
    if (error instanceof OciError) return error.code;
    throw error;
  }
}

describe('parseV2Path', () => {
  it.each<[string, V2Path]>([
    ['/v2', { kind: 'base' }],
    ['/v2/', { kind: 'base' }],
    ['/v2/_catalog', { kind: 'catalog' }],
    ['/v2/a/b/tags/list', { kind: 'tags', repository: 'a/b' }],
    ['/v2/a/tags/list/tags/list', { kind: 'tags', repository: 'a/tags/list' }],
    ['/v2/a/b/blobs/uploads/', { kind: 'uploads', repository: 'a/b' }],
    ['/v2/a/b/blobs/uploads', { kind: 'uploads', repository: 'a/b' }],
    ['/v2/blobs/uploads/blobs/uploads/', { kind: 'uploads', repository: 'blobs/uploads' }],
    [`/v2/a/b/blobs/uploads/${id}`, { kind: 'upload', repository: 'a/b', uploadId: id }],
    [`/v2/a/b/blobs/${digest}`, { kind: 'blob', repository: 'a/b', digest }],
    [`/v2/a/b/blobs/${digest512}`, { kind: 'blob', repository: 'a/b', digest: digest512 }],
    [`/v2/a/b/blobs/${digest.replace(':', '%3A')}`, { kind: 'blob', repository: 'a/b', digest }],
    [`/v2/a/b/referrers/${digest}`, { kind: 'referrers', repository: 'a/b', digest }],
    [
      `/v2/a/referrers/b/referrers/${digest}`,
      { kind: 'referrers', repository: 'a/referrers/b', digest },
    ],
    [
      '/v2/a/b/manifests/latest',
      { kind: 'manifest', repository: 'a/b', name: 'latest', reference: { tag: 'latest' } },
    ],
    [
      '/v2/manifests/manifests/manifests/manifests',
      {
        kind: 'manifest',
        repository: 'manifests/manifests',
        name: 'manifests',
        reference: { tag: 'manifests' },
      },
    ],
    [
      '/v2/a/b/manifests/uploads',
      { kind: 'manifest', repository: 'a/b', name: 'uploads', reference: { tag: 'uploads' } },
    ],
    [
      `/v2/a/b/manifests/${digest.replace(':', '%3a')}`,
      { kind: 'manifest', repository: 'a/b', name: digest, reference: { digest } },
    ],
  ])('reads %s', (path, parsed) => {
    expect(parseV2Path(path)).toEqual(parsed);
  });

  it.each([
    ['/v2/a', 'none'],
    ['/v2/a/b', 'none'],
    ['/v2//', 'none'],
    ['/v2/_catalog/', 'none'],
    ['/v2/a/b/tags', 'none'],
    ['/v2/a/b/tags/list/', 'none'],
    ['/v2/a/b/tags/other', 'none'],
    ['/v2/a/b/manifests', 'none'],
    [`/v2/a/b/uploads/${id}`, 'none'],
    [`/v2/a/b/blobs/uploads/${id}/`, 'none'],
    [`/v2/a/b/blobs/uploads/${id}/x`, 'none'],
    ['/v2/a/b/blobs/uploads//', 'none'],
    ['/v2/manifests/latest', 'NAME_INVALID'],
    ['/v2/app/manifests/latest', 'NAME_INVALID'],
    ['/v2/tags/list', 'NAME_INVALID'],
    ['/v2//app/manifests/latest', 'NAME_INVALID'],
    ['/v2/a//b/manifests/latest', 'NAME_INVALID'],
    ['/v2/a/../b/manifests/latest', 'NAME_INVALID'],
    ['/v2/a/./b/manifests/latest', 'NAME_INVALID'],
    ['/v2/a/%2e%2e/manifests/latest', 'NAME_INVALID'],
    ['/v2/a%2fb/c/manifests/latest', 'NAME_INVALID'],
    ['/v2/A/b/manifests/latest', 'NAME_INVALID'],
    ['/v2/a/b%00/manifests/latest', 'NAME_INVALID'],
    ['/v2/a/b\n/manifests/latest', 'NAME_INVALID'],
    ['/v2/a/b /manifests/latest', 'NAME_INVALID'],
    ['/v2/a/-b/manifests/latest', 'NAME_INVALID'],
    ['/v2/a/b_/manifests/latest', 'NAME_INVALID'],
    [`/v2/a/${'b'.repeat(1100)}/manifests/latest`, 'NAME_INVALID'],
    [`/v2/${'a/'.repeat(600)}b/tags/list`, 'NAME_INVALID'],
    ['/v2/a/b/blobs/', 'DIGEST_INVALID'],
    ['/v2/a/b/blobs/latest', 'DIGEST_INVALID'],
    ['/v2/a/b/blobs/sha256:abc', 'DIGEST_INVALID'],
    [`/v2/a/b/blobs/${digest.toUpperCase()}`, 'DIGEST_INVALID'],
    [`/v2/a/b/blobs/md5:${'0'.repeat(32)}`, 'DIGEST_INVALID'],
    [`/v2/a/b/blobs/${digest}/../x`, 'none'],
    [`/v2/a/b/referrers/${digest}0`, 'DIGEST_INVALID'],
    ['/v2/a/b/referrers/latest', 'DIGEST_INVALID'],
    ['/v2/a/b/blobs/uploads/not-an-id', 'BLOB_UPLOAD_UNKNOWN'],
    [`/v2/a/b/blobs/uploads/${id.toUpperCase()}`, 'BLOB_UPLOAD_UNKNOWN'],
    ['/v2/a/b/blobs/uploads/..', 'BLOB_UPLOAD_UNKNOWN'],
    ['/v2/a/b/blobs/uploads/%2e%2e%2fx', 'BLOB_UPLOAD_UNKNOWN'],
  ])('refuses %s with %s', (path, code) => {
    expect(refusalOf(path)).toBe(code);
  });

  it.each(['', '.hidden', '-x', 'a b', 'ä', 'x'.repeat(129), 'sha256:abc', '%2e', 'a%3ab'])(
    'refuses the reference %j',
    (reference) => {
      expect(refusalOf(`/v2/a/b/manifests/${reference}`)).toMatch(
        /^(MANIFEST_INVALID|DIGEST_INVALID|TAG_INVALID|MANIFEST_UNKNOWN)$/,
      );
    },
  );

  it('takes no slash behind a tag, whatever its name', () => {
    expect(refusalOf('/v2/a/b/manifests/latest/')).not.toBe('accepted');
    expect(refusalOf('/v2/a/b/manifests/uploads/')).not.toBe('accepted');
  });
});
