import { describe, expect, it } from 'vitest';
import { AppError, type AppErrorKind } from '../lib/index.ts';
import { presentAppError, presentProblem } from './problem.ts';

describe("Harbor's error envelope", () => {
  it('is a list of one error', () => {
    const { status, body } = presentProblem(404, 'NOT_FOUND', 'say "no"\n');
    expect(status).toBe(404);
    expect(JSON.parse(body)).toEqual({ errors: [{ code: 'NOT_FOUND', message: 'say "no"\n' }] });
  });

  it.each<[AppErrorKind, number, string]>([
    ['invalid', 400, 'BAD_REQUEST'],
    ['unauthenticated', 401, 'UNAUTHORIZED'],
    ['denied', 403, 'FORBIDDEN'],
    ['not-found', 404, 'NOT_FOUND'],
    ['conflict', 409, 'CONFLICT'],
    ['precondition', 412, 'PRECONDITION'],
    ['too-large', 413, 'REQUEST_ENTITY_TOO_LARGE'],
    ['unavailable', 503, 'UNAVAILABLE'],
  ])('of the kind %s has status %i', (kind, status, code) => {
    const error = new AppError(kind, 'told', { cause: new Error('hidden') });
    const problem = presentAppError(error);
    expect(problem.status).toBe(status);
    expect(JSON.parse(problem.body)).toEqual({ errors: [{ code, message: 'told' }] });
  });
});
