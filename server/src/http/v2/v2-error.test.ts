import { OciError } from '@berth/oci';
import { describe, expect, it } from 'vitest';
import { BlobStoreError, type BlobStoreErrorKind } from '../../blobstore/index.ts';
import { AppError, type AppErrorKind } from '../../lib/index.ts';
import { toOciError } from './v2-error.ts';

describe('toOciError', () => {
  it('leaves what is one already', () => {
    for (const error of [new OciError('DENIED'), new OciError('UNAUTHORIZED')]) {
      expect(toOciError(error)).toBe(error);
    }
  });

  it.each<[BlobStoreErrorKind, number, string]>([
    ['not-found', 404, 'BLOB_UNKNOWN'],
    ['no-space', 507, 'UNKNOWN'],
    ['too-large', 413, 'SIZE_INVALID'],
    ['interrupted', 408, 'BLOB_UPLOAD_INVALID'],
    ['invalid', 400, 'BLOB_UPLOAD_INVALID'],
    ['io', 500, 'UNKNOWN'],
  ])('answers a blob store that is %s with %i', (kind, status, code) => {
    const error = new BlobStoreError(kind, 'the upload exceeds 5 bytes');
    expect(toOciError(error)).toMatchObject({ status, code, cause: error });
  });

  it.each<[AppErrorKind, number, string]>([
    ['invalid', 400, 'UNSUPPORTED'],
    ['unprocessable', 422, 'UNSUPPORTED'],
    ['unauthenticated', 401, 'UNAUTHORIZED'],
    ['denied', 403, 'DENIED'],
    ['refused', 403, 'DENIED'],
    ['not-found', 404, 'NAME_UNKNOWN'],
    ['conflict', 409, 'UNSUPPORTED'],
    ['precondition', 412, 'DENIED'],
    ['too-large', 413, 'SIZE_INVALID'],
    ['too-many', 429, 'TOOMANYREQUESTS'],
    ['unavailable', 503, 'UNAVAILABLE'],
  ])('answers a refusal that is %s with %i, in its own words', (kind, status, code) => {
    const error = new AppError(kind, 'slow down a little');
    expect(toOciError(error)).toMatchObject({ status, code, message: 'slow down a little' });
  });

  it('answers 503 while the database is out of reach', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    expect(toOciError(refused)).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(toOciError(new AggregateError([refused]))).toMatchObject({ status: 503 });
    expect(toOciError(new Error('Connection terminated unexpectedly'))).toMatchObject({
      status: 503,
    });
  });

  it.each([
    new Error('/srv/secret/path is broken'),
    new TypeError('x is undefined'),
    'text',
    undefined,
    null,
    { status: 200 },
    new BlobStoreError('io', '/srv/secret/path'),
  ])('tells nothing of %j but that it failed', (thrown) => {
    const shown = toOciError(thrown);
    expect(shown).toMatchObject({ status: 500, code: 'UNKNOWN' });
    expect(`${shown.message}${JSON.stringify(shown.detail)}`).not.toContain('secret');
  });
});
