import { afterAll, describe, expect, it } from 'vitest';
import { createBytes, describeBytes } from './data.ts';
import { openRegistry } from './registry.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const project = await registry.createProject();
const { digest } = describeBytes(createBytes(8), 'x/y');
const upload = '00000000-0000-4000-8000-000000000000';

describe('an error', () => {
  it.each<[string, string, number, string]>([
    ['GET', `/v2/${project}/none/tags/list`, 404, 'NAME_UNKNOWN'],
    ['GET', `/v2/${project}/none/manifests/latest`, 404, 'MANIFEST_UNKNOWN'],
    ['GET', `/v2/${project}/none/manifests/${digest}`, 404, 'MANIFEST_UNKNOWN'],
    ['GET', `/v2/${project}/none/blobs/${digest}`, 404, 'BLOB_UNKNOWN'],
    ['GET', `/v2/${project}/none/blobs/uploads/${upload}`, 404, 'BLOB_UPLOAD_UNKNOWN'],
    ['GET', `/v2/${project}/none/blobs/sha256:abc`, 400, 'DIGEST_INVALID'],
    ['GET', `/v2/${project}/none/referrers/sha256:abc`, 400, 'DIGEST_INVALID'],
    ['GET', `/v2/${project}/none/manifests/sha256:abc`, 400, 'DIGEST_INVALID'],
    ['GET', `/v2/${project}/none/manifests/.bad`, 400, 'MANIFEST_INVALID'],
    ['GET', `/v2/${project}/UPPER/tags/list`, 400, 'NAME_INVALID'],
    ['POST', `/v2/${project}/-bad/blobs/uploads/`, 400, 'NAME_INVALID'],
    ['POST', `/v2/${project}/${'a'.repeat(300)}/blobs/uploads/`, 400, 'NAME_INVALID'],
    ['PUT', `/v2/${project}/none/manifests/latest`, 400, 'MANIFEST_INVALID'],
    ['PUT', `/v2/${project}/none/blobs/uploads/${upload}`, 400, 'DIGEST_INVALID'],
    ['POST', `/v2/${project}/none/blobs/uploads/?digest-algorithm=md5`, 400, 'DIGEST_INVALID'],
    ['POST', `/v2/${project}/none/blobs/uploads/?mount=sha256:abc`, 400, 'DIGEST_INVALID'],
    ['POST', `/v2/${project}/none/manifests/latest`, 405, 'UNSUPPORTED'],
    ['PATCH', `/v2/${project}/none/blobs/${digest}`, 405, 'UNSUPPORTED'],
    ['DELETE', `/v2/${project}/none/tags/list`, 405, 'UNSUPPORTED'],
    ['PUT', `/v2/${project}/none/referrers/${digest}`, 405, 'UNSUPPORTED'],
    ['GET', `/v2/${project}/none/other/${digest}`, 404, 'UNSUPPORTED'],
    ['GET', '/v2/no-such-project/x/manifests/latest', 404, 'NAME_UNKNOWN'],
    ['POST', '/v2/no-such-project/x/blobs/uploads/', 404, 'NAME_UNKNOWN'],
  ])('of %s %s is %d %s in the form of the specification', async (method, path, status, code) => {
    const answer = await registry.call(method, path);
    expect([answer.status, ...answer.codes]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
    expect(answer.json).toEqual({
      errors: [expect.objectContaining({ code, message: expect.stringMatching(/\w/) })],
    });
  });

  it('of HEAD has no body', async () => {
    const answer = await registry.call('HEAD', `/v2/${project}/none/manifests/latest`);
    expect(answer.status).toBe(404);
    expect(answer.bytes).toHaveLength(0);
  });

  it('of the REST API has the form of Harbor', async () => {
    const answer = await registry.call('GET', '/api/v2.0/no-such-thing');
    expect(answer.status).toBe(404);
    expect(answer.codes).toEqual(['NOT_FOUND']);
  });
});
