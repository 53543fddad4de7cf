import { readdir, readFile, writeFile } from 'node:fs/promises';

/** What a process and its descendants have used; undefined where /proc does not tell. */
export interface Usage {
  /** Of all of them together, since they started. */
  readonly cpuSeconds?: number;
  /** Of the process itself, in MB (10^6 bytes). */
  readonly peakRssMb?: number;
  readonly rssMb?: number;
  /** Proportional set size of its descendants, shared pages counted once, in MB. */
  readonly childrenMb?: number;
}

/** Linux reports CPU times in units of 1/100 s on every architecture. */
const TICKS_PER_SECOND = 100;

export async function readUsage(pid: number): Promise<Usage> {
  const stats = await readStats();
  const tree = descendants(stats, pid);
  if (!stats.has(pid)) return {};
  const status = await read(`/proc/${pid}/status`);
  const rollups = await Promise.all(tree.map((child) => read(`/proc/${child}/smaps_rollup`)));
  const ticks = [pid, ...tree].reduce((sum, each) => sum + (stats.get(each)?.ticks ?? 0), 0);
  return {
    cpuSeconds: ticks / TICKS_PER_SECOND,
    peakRssMb: parseKilobytes(status, 'VmHWM'),
    rssMb: parseKilobytes(status, 'VmRSS'),
    childrenMb: rollups.reduce((sum, text) => sum + parseKilobytes(text, 'Pss'), 0),
  };
}

/** Makes the peak of resident memory start again from what is resident now. */
export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined);
}

/** The processes below `pid`; the process itself is not among them. */
export async function listDescendants(pid: number): Promise<number[]> {
  return descendants(await readStats(), pid);
}

export interface ProcessStat {
  readonly parent: number;
  /** User and system time of the process and of its children that have ended. */
  readonly ticks: number;
}

/** Parses /proc/PID/stat; the command in it may contain spaces and parentheses. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const numbers = fields.slice(11, 15).map(Number);
  return { parent: Number(fields[1]), ticks: numbers.reduce((sum, ticks) => sum + ticks, 0) };
}

/** The value of a `Name:   123 kB` line in MB; 0 when there is none. */
export function parseKilobytes(text: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
  return (Number(match?.[1] ?? 0) * 1024) / 1e6;
}

export function descendants(stats: ReadonlyMap<number, ProcessStat>, pid: number): number[] {
  const direct = [...stats].filter(([, { parent }]) => parent === pid).map(([child]) => child);
  return direct.flatMap((child) => [child, ...descendants(stats, child)]);
}

async function readStats(): Promise<Map<number, ProcessStat>> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.map(Number).filter((pid) => Number.isInteger(pid));
  const entries = await Promise.all(
    pids.map(async (pid) => [pid, await read(`/proc/${pid}/stat`)] as const),
  );
  return new Map(
    entries.filter(([, text]) => text !== '').map(([pid, text]) => [pid, parseStat(text)]),
  );
}

/** A process may end while it is looked at; then there is nothing to read. */
function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
