import { expect, test } from 'vitest';
import { parseProblem } from './rest-error.ts';

const answer = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { 'x-request-id': 'r1' } });

test("reads Harbor's envelope", async () => {
  const body = { errors: [{ code: 'CONFLICT', message: 'it is there' }] };
  expect(await parseProblem(answer(409, body))).toMatchObject({
    status: 409,
    code: 'CONFLICT',
    message: 'it is there',
    requestId: 'r1',
  });
});

test("reads Kubernetes' Status", async () => {
  const body = { kind: 'Status', reason: 'Invalid', message: 'spec.name: Duplicate value' };
  expect(await parseProblem(answer(422, body))).toMatchObject({
    code: 'Invalid',
    message: 'spec.name: Duplicate value',
  });
});

test('what is neither says its status alone', async () => {
  expect(await parseProblem(answer(502, { message: 'x' }))).toMatchObject({
    code: '',
    message: 'the registry answered 502',
  });
});
