import { defineFields, flag, integer, parseSort, text, time } from '../api/index.ts';
import type { Sort } from '../db/index.ts';

/** What `q` and `sort` may name. Orders without an index would sort the whole table: not offered. */
export const auditFields = defineFields({
  id: integer(),
  op_time: time('occurred_at', { aliases: ['creation_time'] }),
  username: text(),
  operation: text(),
  resource: text('resource', { sortable: false }),
  resource_type: text('resource_type', { sortable: false }),
  operation_result: flag('succeeded', { aliases: ['op_result'], sortable: false }),
  operation_description: text('description', { aliases: ['op_desc'], sortable: false }),
  project_id: integer('project_id', { sortable: false }),
});

/**
 * The order of a list, newest first unless `sort` says otherwise. Only its first key counts; ties
 * are broken by time in the direction in which an index has them.
 *
 * @throws AppError invalid: as `parseSort`
 */
export function sortAuditLogs(sort: string | undefined): Sort[] {
  const [first] = parseSort(auditFields, sort, '-op_time,-id');
  const isPlain = first?.column === 'username' || first?.column === 'operation';
  const descending = first === undefined || first.descending !== isPlain;
  const time: Sort = { column: 'occurred_at', type: 'time', descending };
  const id: Sort = { column: 'id', type: 'integer', descending };
  if (first === undefined || first.column === 'occurred_at') return [time, id];
  return first.column === 'id' ? [id] : [first, time, id];
}
