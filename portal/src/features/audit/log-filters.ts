import type { Answer } from '../../lib/api.ts';
import { allOf, contains, quoteValue } from '../../lib/list-state.ts';

export type AuditEntry = Answer<'listAuditLogExts'>[number];

export const FILTERS = [
  'from',
  'until',
  'user',
  'resource',
  'type',
  'operation',
  'result',
] as const;

/** What entries are looked for; '' is any. Dates are days of the reader's calendar. */
export type LogFilters = Readonly<Record<(typeof FILTERS)[number], string>>;

export function readFilters(read: (name: string) => string): LogFilters {
  return {
    from: read('from'),
    until: read('until'),
    user: read('user'),
    resource: read('resource'),
    type: read('type'),
    operation: read('operation'),
    result: read('result'),
  };
}

/** @param before entries that come later are left out, so that pages stay where they are */
export function conditionOf(filters: LogFilters, before?: Date): string | undefined {
  const { user, resource, type, operation, result } = filters;
  return allOf(
    timeRange(filters, before),
    contains('username', user),
    contains('resource', resource),
    equals('resource_type', type),
    equals('operation', operation),
    result === '' ? undefined : `operation_result=${result === 'success'}`,
  );
}

function equals(key: string, value: string): string | undefined {
  return value === '' ? undefined : `${key}=${quoteValue(value)}`;
}

function timeRange({ from, until }: LogFilters, before?: Date): string | undefined {
  const start = dayTime(from, '00:00:00.000');
  const lastOfDay = dayTime(until, '23:59:59.999');
  const end =
    before !== undefined && (lastOfDay === undefined || before < lastOfDay) ? before : lastOfDay;
  if (start === undefined && end === undefined) return undefined;
  return `op_time=[${utc(start)}~${utc(end)}]`;
}

function dayTime(day: string, time: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return undefined;
  const date = new Date(`${day}T${time}`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** As `q` has it: `2026-11-21 08:00:00.000`. */
function utc(time: Date | undefined): string {
  return time === undefined ? '' : time.toISOString().replace('T', ' ').replace('Z', '');
}
