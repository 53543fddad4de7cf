import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNames } from '../names.ts';
import { translateErrors } from './error-body.ts';
import { movePath } from './guarded-response.ts';
import { createNameView } from './name-view.ts';
import { keepHeaders } from './response-headers.ts';

const names = createNames();

function viewOf(tenant: string, repository: string, hosts = ['harbor.internal:8443']) {
  const stored = names.toRepository(tenant, repository);
  return createNameView({ names, tenant, repository, stored, hosts });
}

const view = viewOf('default', 'test/nginx');

describe('texts of the back end', () => {
  it.each([
    ['no tag in default-image-test/nginx', 'no tag in test/nginx'],
    ['GET /v2/default-image-test/nginx/tags/list', 'GET /v2/test/nginx/tags/list'],
    ['project default-image-test.', 'project test.'],
    ['"default-chart-hm" is full', '"hm" is full'],
    ['default-image-test/nginx2', 'test/nginx2'],
    ['other-image-test/nginx', 'another/nginx'],
    ['default%2Dimage, my-images', 'default%2Dimage, my-images'],
    ['the digest sha256:abc is unknown', 'the digest sha256:abc is unknown'],
  ])('%j is shown as %j', (text, shown) => {
    expect(view.present(text)).toBe(shown);
  });

  it.each(['see https://elsewhere', 'HARBOR.internal:8443 is down', 'x__default-image-test__y'])(
    '%j is not shown at all',
    (text) => expect(view.present(text)).toBeUndefined(),
  );

  it('B32: parts of a name that look like a prefix stay what they are', () => {
    const path = '/v2/default-image-test/x/default-image-y/tags/list';
    const moved = movePath(path, 'default-image-test/x/default-image-y', 'test/x/default-image-y');
    expect(moved).toBe('/v2/test/x/default-image-y/tags/list');
    const other = viewOf('t2', 'test/default-image-x');
    expect(other.present('t2-image-test/default-image-x is gone')).toBe(
      'test/default-image-x is gone',
    );
  });

  it('names library as it is', () => {
    expect(viewOf('default', 'library/nginx').present('library/nginx: none')).toBe(
      'library/nginx: none',
    );
  });
});

const part = fc.stringMatching(/^[a-z0-9]{1,6}(?:[._-][a-z0-9]{1,4})?$/);
const glue = fc.constantFrom(
  ' ',
  '/',
  '"',
  ':',
  '@',
  '=',
  ',',
  '.',
  '-',
  '_',
  '%2F',
  '\n',
  'x',
  '',
);
const secretOf = (tenant: string, kind: string, name: string) => `${tenant}-${kind}-${name}`;

describe('whatever the back end says', () => {
  it('B40: no name or host of its own comes through in texts, errors and headers', () => {
    fc.assert(
      fc.property(
        part.filter((name) => !name.includes('.') && !name.includes('_')),
        part,
        fc.constantFrom('image', 'chart'),
        fc.array(fc.tuple(glue, fc.constantFrom('name', 'host', 'word')), { maxLength: 8 }),
        (tenant, name, kind, pieces) => {
          const shown = viewOf(tenant, `${name}/app`);
          const secret = secretOf(tenant, kind, name);
          const words = { name: secret, host: 'harbor.internal:8443', word: 'gone' };
          const text = pieces.map(([before, word]) => before + words[word]).join('');
          const body = JSON.stringify({
            errors: [{ code: 'DENIED', message: text, detail: { [text]: [text] } }],
          });
          const errors = translateErrors(body, 403, shown);
          const headers = keepHeaders(
            {
              warning: `299 - "${text.replaceAll('\n', ' ').replaceAll('"', '')}"`,
              server: text,
              'content-type': text,
              etag: text,
              'set-cookie': [text],
              'docker-content-digest': text,
              location: text,
            },
            shown,
          );
          const out = JSON.stringify([
            shown.present(text),
            errors.map(({ message, detail }) => [message, detail]),
            headers,
          ]);
          expect(out).not.toContain(`${tenant}-${kind}-`);
          expect(out).not.toContain('harbor.internal');
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('keeps the names of other tenants back', () => {
    fc.assert(
      fc.property(
        part.filter((name) => /^[a-z0-9]+$/.test(name)),
        part,
        (tenant, name) => {
          const text = `quota of ${secretOf(tenant, 'image', name)} exceeded`;
          fc.pre(tenant !== 'default');
          expect(view.present(text)).toBe('quota of another exceeded');
        },
      ),
    );
  });
});

describe('errors of the back end', () => {
  it.each([
    ['<html>harbor</html>', 404, 'NAME_UNKNOWN'],
    ['', 403, 'DENIED'],
    ['{"errors":[]}', 429, 'TOOMANYREQUESTS'],
    ['{"errors":[{"code":"PROJECTPOLICYVIOLATION","message":""}]}', 412, 'DENIED'],
    ['{"errors":[{"code":"BLOB_UNKNOWN","message":"x"}]}', 404, 'BLOB_UNKNOWN'],
    ['{"errors":[{"code":7,"message":null}]}', 400, 'UNSUPPORTED'],
  ])('%j with %d is %s', (body, status, code) => {
    expect(translateErrors(body, status, view)).toMatchObject([{ code, status }]);
  });
});
