import type { AuditEntry } from './log-filters.ts';

const COLUMNS = [
  'op_time',
  'username',
  'resource',
  'resource_type',
  'operation',
  'operation_description',
  'operation_result',
] as const satisfies readonly (keyof AuditEntry)[];

/** Entries as a table (RFC 4180), under the names that the API has. */
export function presentCsv(entries: readonly AuditEntry[]): string {
  const rows = entries.map((entry) => COLUMNS.map((column) => cellOf(String(entry[column]))));
  return [COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

/** What spreadsheets would run as a formula gets an apostrophe before it: names are anybody's. */
function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
