import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { isForeignKeyViolation, isUnavailable, isUniqueViolation } from './db.errors.ts';

function databaseError(code: string, constraint?: string): DatabaseError {
  const error = new DatabaseError('refused', 7, 'error');
  error.code = code;
  if (constraint !== undefined) error.constraint = constraint;
  return error;
}

describe('database errors', () => {
  it('tells violations apart by code and by constraint', () => {
    const unique = databaseError('23505', 'project_name_key');
    expect(isUniqueViolation(unique)).toBe(true);
    expect(isUniqueViolation(unique, 'project_name_key')).toBe(true);
    expect(isUniqueViolation(unique, 'other_key')).toBe(false);
    expect(isForeignKeyViolation(unique)).toBe(false);
    expect(isForeignKeyViolation(databaseError('23503', 'a_fkey'), 'a_fkey')).toBe(true);
    expect(isForeignKeyViolation(databaseError('23001'))).toBe(true);
  });

  it('recognises a database that cannot be reached, in all its spellings', () => {
    const refused = Object.assign(new Error('connect'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    const unavailable = [
      databaseError('57P01'),
      databaseError('08006'),
      databaseError('53300'),
      refused,
      new AggregateError([refused]),
      new Error('Connection terminated unexpectedly'),
      new Error('timeout exceeded when trying to connect'),
    ];
    expect(unavailable.filter((error) => !isUnavailable(error))).toEqual([]);
  });

  it('does not blame the database for other failures', () => {
    const missingFile = Object.assign(new Error('open'), { code: 'ENOENT', syscall: 'open' });
    const others = [
      databaseError('23505'),
      databaseError('57014'),
      missingFile,
      new Error('x'),
      'x',
    ];
    expect(others.filter(isUnavailable)).toEqual([]);
  });
});
