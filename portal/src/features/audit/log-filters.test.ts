import { describe, expect, it } from 'vitest';
import { conditionOf, readFilters } from './log-filters.ts';

const none = readFilters(() => '');
const utc = (local: string) => new Date(local).toISOString().replace('T', ' ').replace('Z', '');

describe('what is asked for', () => {
  it('is nothing without a filter', () => {
    expect(conditionOf(none)).toBeUndefined();
  });

  it('is in words of the API', () => {
    const filters = {
      ...none,
      user: 'ann',
      type: 'artifact',
      operation: 'pull',
      result: 'failure',
    };
    expect(conditionOf(filters)).toBe(
      'username=~ann,resource_type=artifact,operation=pull,operation_result=false',
    );
  });

  it('cannot be made another condition by what is typed', () => {
    expect(conditionOf({ ...none, resource: 'a,username=b' })).toBe('resource=~a%20username%3Db');
  });

  it('has whole days of the calendar of the reader', () => {
    const filters = { ...none, from: '2026-11-20', until: '2026-11-21' };
    const [start, end] = [utc('2026-11-20T00:00:00'), utc('2026-11-21T23:59:59.999')];
    expect(conditionOf(filters)).toBe(`op_time=[${start}~${end}]`);
  });

  it('ends where an export has begun', () => {
    const before = new Date('2026-11-21T10:00:00Z');
    expect(conditionOf(none, before)).toBe('op_time=[~2026-11-21 10:00:00.000]');
    const [from, until] = ['2026-11-01', '2026-11-02'];
    expect(conditionOf({ ...none, from, until }, before)).toContain(
      `~${utc('2026-11-02T23:59:59.999')}]`,
    );
  });

  it('ignores what is no day', () => {
    expect(conditionOf({ ...none, from: 'yesterday', until: '2026-99-99' })).toBeUndefined();
  });
});
