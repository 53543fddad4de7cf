import { describe, expect, it } from 'vitest';
import { sortAuditLogs } from './audit.fields.ts';

const order = (sort: string | undefined) =>
  sortAuditLogs(sort).map(({ column, descending }) => `${descending ? '-' : ''}${column}`);

describe('sortAuditLogs', () => {
  it.each([
    [undefined, ['-occurred_at', '-id']],
    ['', ['-occurred_at', '-id']],
    ['nonsense', ['-occurred_at', '-id']],
    ['op_time', ['occurred_at', 'id']],
    ['-op_time', ['-occurred_at', '-id']],
    ['creation_time', ['occurred_at', 'id']],
    ['id', ['id']],
    ['-id,username', ['-id']],
    ['username', ['username', '-occurred_at', '-id']],
    ['-username', ['-username', 'occurred_at', 'id']],
    ['-operation,op_time', ['-operation', 'occurred_at', 'id']],
    ['resource', ['-occurred_at', '-id']],
  ])('%j is %j', (sort, columns) => {
    expect(order(sort)).toEqual(columns);
  });
});
