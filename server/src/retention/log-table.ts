/** A row of the table that a task's log ends with. */
export interface LogRow {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly labels: readonly string[];
  /** Milliseconds since the epoch, all. */
  readonly pushedAt: number;
  readonly pulledAt: number | undefined;
  readonly createdAt: number;
  readonly mark: LogMark;
  readonly reason: string;
}

/** Harbor's words. */
export type LogMark = 'RETAIN' | 'DEL' | 'ERR' | 'IMMUTABLE';

/** Collects rows, not more than a log can hold. */
export interface LogTable {
  add(row: LogRow): void;
  /** The table, and how many rows there was no room for. */
  lines(): string[];
}

/** Harbor's columns, and ours: why. */
const columns = [
  'Digest',
  'Tag',
  'Kind',
  'Labels',
  'PushedTime',
  'PulledTime',
  'CreatedTime',
  'Retention',
  'Reason',
] as const;

/** With lines of 400 bytes a log of 1 MiB is not full. */
const MAX_ROWS = 2_000;
/** So that what stays leaves room for what goes. */
const MAX_KEPT_ROWS = 1_000;
const MAX_CELL = 120;

export function createLogTable(maxRows = MAX_ROWS, maxKeptRows = MAX_KEPT_ROWS): LogTable {
  const rows: string[][] = [];
  let kept = 0;
  let left = 0;
  return {
    add(row) {
      const isKept = row.mark === 'RETAIN';
      if (rows.length >= maxRows || (isKept && kept >= maxKeptRows)) {
        left += 1;
        return;
      }
      kept += Number(isKept);
      rows.push(cellsOf(row));
    },
    lines() {
      const widths = columns.map((title, index) =>
        rows.reduce((widest, row) => Math.max(widest, row[index]?.length ?? 0), title.length),
      );
      const line = (cells: readonly string[]) =>
        `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
      const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
      return [
        line(columns),
        rule,
        ...rows.map(line),
        ...(left > 0 ? [`and ${left} more for which the table has no room`] : []),
      ];
    },
  };
}

function cellsOf(row: LogRow): string[] {
  return [
    row.digest,
    row.tags.join(','),
    'image',
    row.labels.join(','),
    presentTime(row.pushedAt),
    presentTime(row.pulledAt),
    presentTime(row.createdAt),
    row.mark,
    row.reason,
  ].map(shorten);
}

/** As Harbor writes it, in UTC. */
function presentTime(at: number | undefined): string {
  if (at === undefined) return '';
  return new Date(at).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
}

function shorten(text: string): string {
  return text.length <= MAX_CELL ? text : `${text.slice(0, MAX_CELL - 1)}…`;
}
