import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { createRecordingLog } from '../../test/log.ts';
import { AppError } from '../lib/index.ts';
import { createHttpServer } from './http-server.ts';

function sqlError(code: string): DatabaseError {
  const error = new DatabaseError('secret detail', 1, 'error');
  error.code = code;
  return error;
}

const refused = Object.assign(new Error('connect ECONNREFUSED'), {
  code: 'ECONNREFUSED',
  syscall: 'connect',
});

describe('an error of a route', () => {
  it.each<[string, Error, number, string, string | undefined]>([
    ['a refusal', new AppError('conflict', 'it is taken'), 409, 'CONFLICT', undefined],
    ['a brake', new AppError('too-many', 'slow down'), 429, 'TOO_MANY_REQUEST', '5'],
    ['a database that is away', refused, 503, 'UNAVAILABLE', '5'],
    ['a database that stops', sqlError('57P01'), 503, 'UNAVAILABLE', '5'],
    ['a statement that took too long', sqlError('57014'), 503, 'UNAVAILABLE', '5'],
    ['anything else', sqlError('42601'), 500, 'UNKNOWN', undefined],
  ])('that is %s', async (_what, error, status, code, retryAfter) => {
    const { log, entries } = createRecordingLog();
    const app = createHttpServer({ log, idleMs: 1000 });
    app.get('/', () => {
      throw error;
    });
    const answer = await app.inject('/');
    expect(answer.statusCode).toBe(status);
    expect(answer.json().errors[0].code).toBe(code);
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect(answer.body).not.toContain('secret');
    const isTold = entries.some(({ level }) => level === 'warn' || level === 'error');
    expect(isTold).toBe(!(error instanceof AppError));
  });
});
