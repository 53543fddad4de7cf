import { describe, expect, it } from 'vitest';
import { parseOperations } from './document.ts';
import { createJudge } from './judge.ts';
import type { FuzzAnswer } from './send.ts';

const [operation] = parseOperations({
  paths: {
    '/things/{id}': {
      parameters: [],
      get: {
        operationId: 'getThing',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
        responses: {
          200: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: { id: { type: 'integer' } },
                  required: ['id'],
                },
              },
            },
          },
          404: { $ref: '#/components/responses/NotFound' },
        },
      },
    },
  },
});

function judge(
  status: number,
  body: string,
  answer: Partial<FuzzAnswer> = {},
  id = 'getThing',
): string[] {
  if (operation === undefined) throw new Error('the document was not read');
  const request = {
    operation: { ...operation, id },
    caller: 'user' as const,
    target: '/things/1',
    headers: {},
  };
  const headers = { 'content-type': 'application/json', 'x-request-id': 'r' };
  return createJudge().judge(
    { ...request, body: undefined, isExact: true },
    { status, body: Buffer.from(body), headers, milliseconds: 1, ...answer },
  );
}

const refused = '{"errors":[{"code":"NOT_FOUND","message":"no such thing"}]}\n';

describe('the judge of fuzzed answers', () => {
  it('has nothing against a body of the declared schema, or an envelope', () => {
    expect([judge(200, '{"id":1}'), judge(404, refused), judge(400, refused)]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('takes no body for no schedule, and for nothing else', () => {
    expect(judge(200, '', {}, 'getGCSchedule')).toEqual([]);
    expect(judge(200, '{"id":"1"}', {}, 'getGCSchedule')).toHaveLength(1);
    expect(judge(200, '')).toHaveLength(1);
  });

  it.each([
    ['a body against its schema', 200, '{"id":"1"}', /schema at id/],
    ['a body that is no JSON', 200, '{"id":1', /schema/],
    ['a success that is not declared', 204, '', /not declared/],
    ['a server error', 500, refused, /a 500/],
    ['another shape of refusal', 404, '{"error":"x"}', /envelope/],
    ['an empty list of errors', 404, '{"errors":[]}', /envelope/],
    ['a refusal that shows SQL', 400, refused.replace('no such', 'at or near'), /too much/],
  ])('blames %s', (_, status, body, fault) => {
    expect(judge(status, body).join()).toMatch(fault);
  });

  it('blames a missing request id, a refusal in HTML and an injected header', () => {
    expect(judge(404, refused, { headers: { 'content-type': 'text/html' } })).toHaveLength(2);
    const headers = { 'x-request-id': 'r', 'x-injected': '1' };
    expect(judge(200, '{"id":1}', { headers })).toEqual(['a header was injected']);
  });
});
