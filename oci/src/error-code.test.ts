import { describe, expect, it } from 'vitest';
import { OciError, ociErrorCodes, presentErrors } from './error-code.ts';

describe('ociErrorCodes', () => {
  it('has the 14 codes of the distribution spec', () => {
    expect(Object.keys(ociErrorCodes)).toEqual(
      expect.arrayContaining([
        'BLOB_UNKNOWN',
        'BLOB_UPLOAD_INVALID',
        'BLOB_UPLOAD_UNKNOWN',
        'DIGEST_INVALID',
        'MANIFEST_BLOB_UNKNOWN',
        'MANIFEST_INVALID',
        'MANIFEST_UNKNOWN',
        'NAME_INVALID',
        'NAME_UNKNOWN',
        'SIZE_INVALID',
        'UNAUTHORIZED',
        'DENIED',
        'UNSUPPORTED',
        'TOOMANYREQUESTS',
      ]),
    );
  });

  it.each(Object.entries(ociErrorCodes))('gives %s an error status and a message', (_, entry) => {
    expect(entry.status).toBeGreaterThanOrEqual(400);
    expect(entry.status).toBeLessThan(600);
    expect(entry.message).not.toBe('');
  });
});

describe('OciError', () => {
  it('takes status and message from its code', () => {
    const error = new OciError('BLOB_UNKNOWN');
    expect(error).toMatchObject({ code: 'BLOB_UNKNOWN', status: 404, name: 'OciError' });
    expect(error.message).toBe('blob unknown to registry');
    expect(error).toBeInstanceOf(Error);
  });

  it('takes all from the caller when given', () => {
    const cause = new Error('disk');
    const error = new OciError('SIZE_INVALID', 'too large', {
      status: 413,
      detail: { max: 4 },
      cause,
    });
    expect(error).toMatchObject({ status: 413, message: 'too large', detail: { max: 4 }, cause });
  });
});

describe('presentErrors', () => {
  it('shows code, message and detail, never the cause', () => {
    const errors = [
      new OciError('DENIED', 'no', { cause: new Error('secret'), detail: [1] }),
      new OciError('UNKNOWN'),
    ];
    expect(presentErrors(errors)).toBe(
      '{"errors":[{"code":"DENIED","message":"no","detail":[1]},{"code":"UNKNOWN","message":"unknown error"}]}',
    );
  });
});
