/** What a run decided of an artifact, or of a tag of it. */
export interface LogRow {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly labels: readonly string[];
  /** RFC 3339; undefined: never. */
  readonly pushedAt: string | undefined;
  readonly pulledAt: string | undefined;
  /** `RETAIN`, `DEL`, `IMMUTABLE` or `ERR`. */
  readonly mark: string;
  readonly reason: string;
}

export interface LogTable {
  readonly rows: readonly LogRow[];
  /** Rows that the log had no room for. */
  readonly moreCount: number;
}

/** Reads the table that the log of a task ends with; none until it has been written. Lines begin with their time. */
export function parseLogTable(log: string): LogTable | undefined {
  const lines = log.split('\n').map((line) => line.replace(/^\d{4}-\S+Z /, ''));
  const at = lines.findLastIndex((line) => /^\|-[-|]*\|$/.test(line));
  const rule = lines[at];
  const titles = lines[at - 1];
  if (rule === undefined || titles === undefined) return undefined;
  // Cells may contain the sign that stands between them: they are cut by their widths.
  const cells = cutter(rule);
  const names = cells(titles);
  const rows: LogRow[] = [];
  let moreCount = 0;
  for (const line of lines.slice(at + 1)) {
    if (line.startsWith('|')) rows.push(rowOf(names, cells(line)));
    else moreCount = Number(/^and (\d+) more/.exec(line)?.[1] ?? moreCount);
  }
  return { rows, moreCount };
}

function cutter(rule: string): (line: string) => readonly string[] {
  const ends = [...rule.matchAll(/\|/g)].map(({ index }) => index);
  return (line) =>
    ends.slice(0, -1).map((start, place) => line.slice(start + 1, ends[place + 1]).trim());
}

function rowOf(names: readonly string[], cells: readonly string[]): LogRow {
  const cell = (name: string) => cells[names.indexOf(name)] ?? '';
  return {
    digest: cell('Digest'),
    tags: listOf(cell('Tag')),
    labels: listOf(cell('Labels')),
    pushedAt: timeOf(cell('PushedTime')),
    pulledAt: timeOf(cell('PulledTime')),
    mark: cell('Retention'),
    reason: cell('Reason'),
  };
}

function listOf(text: string): readonly string[] {
  return text.split(',').filter((part) => part !== '');
}

/** `2026/11/21 13:30:43`, in UTC. */
function timeOf(text: string): string | undefined {
  const time = `${text.replaceAll('/', '-').replace(' ', 'T')}Z`;
  return Number.isNaN(Date.parse(time)) ? undefined : time;
}

/** Whether it is deleted, or would be. */
export function isGoing({ mark }: LogRow): boolean {
  return mark === 'DEL';
}
