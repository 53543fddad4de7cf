import type { Goal, Row, Run, TargetId, TargetRuns } from './figure.ts';
import { median } from './stats.ts';

type Metric = keyof Omit<Run, 'generator'>;

/** Median of a metric over the runs of a target; undefined when there is none. */
export function findMedian(row: Row, target: TargetId, metric: Metric): number | undefined {
  const values = valuesOf(findRuns(row, target), metric);
  return values.length === 0 ? undefined : median(values);
}

/** Whether a goal is met; undefined when what it compares with was not measured. */
export function checkGoal(row: Row, goal: Goal): boolean | undefined {
  const metric = goal.kind === 'limit' ? goal.metric : 'value';
  const own = findMedian(row, 'berth', metric);
  if (own === undefined) return undefined;
  if (goal.kind === 'limit') return own <= goal.atMost;
  if (goal.kind === 'floor') return own >= goal.atLeast;
  const peer = findMedian(row, goal.peer, 'value');
  return peer === undefined ? undefined : own / peer >= goal.atLeast;
}

/** Two Markdown tables: the figures with goals, and what each server spent on them. */
export function formatTables(rows: readonly Row[]): string {
  const figures = formatTable(
    [
      'id',
      'scenario',
      'unit',
      'Berth',
      'docker-registry',
      'bare node:http',
      'native',
      '× registry',
      '% of bare',
      '% of native',
      'goal',
      'met',
    ],
    rows.map((row) => [
      row.id,
      row.name,
      row.unit,
      formatSpread(row, 'berth'),
      formatSpread(row, 'docker-registry'),
      formatSpread(row, 'bare'),
      formatSpread(row, 'native'),
      formatRatio(row, 'docker-registry', 1, '×'),
      formatRatio(row, 'bare', 100, '%'),
      formatRatio(row, 'native', 100, '%'),
      row.goals.map(formatGoal).join('; '),
      row.goals.map((goal) => formatVerdict(checkGoal(row, goal))).join('; '),
    ]),
  );
  const costs = formatTable(
    [
      'id',
      'scenario',
      'target',
      'p50 ms',
      'p95 ms',
      'p99 ms',
      'peak RSS MB',
      'CPU-s per 1,000',
      'client',
    ],
    rows.flatMap((row) => row.targets.filter(hasCost).map((runs) => formatCost(row, runs))),
  );
  return `${figures}\n\n${costs}`;
}

/** Puts `content` between the two markers of `document`. Throws when a marker is missing. */
export function replaceBetween(document: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const start = document.indexOf(open);
  const end = document.indexOf(close, start);
  if (start < 0 || end < 0) throw new Error(`the markers ${open} and ${close} are missing`);
  return `${document.slice(0, start + open.length)}\n${content}\n${document.slice(end)}`;
}

function findRuns(row: Row, target: TargetId): TargetRuns | undefined {
  return row.targets.find((runs) => runs.target === target);
}

function valuesOf(runs: TargetRuns | undefined, metric: Metric): number[] {
  return (runs?.runs ?? []).flatMap((run) => run[metric] ?? []);
}

function hasCost(runs: TargetRuns): boolean {
  return valuesOf(runs, 'operations').length > 0;
}

function formatSpread(row: Row, target: TargetId): string {
  const runs = findRuns(row, target);
  if (runs === undefined) return '–';
  const values = valuesOf(runs, 'value');
  if (values.length === 0) return `void: ${runs.voided[0] ?? 'no run'}`;
  const voided = runs.voided.length === 0 ? '' : `, ${runs.voided.length} void`;
  const spread = `${formatNumber(Math.min(...values))}–${formatNumber(Math.max(...values))}`;
  return `**${formatNumber(median(values))}** (${spread}${voided})`;
}

function formatRatio(row: Row, peer: TargetId, factor: number, sign: string): string {
  const own = findMedian(row, 'berth', 'value');
  const other = findMedian(row, peer, 'value');
  if (own === undefined || other === undefined || other === 0) return '–';
  return `${formatNumber((own / other) * factor)} ${sign}`;
}

function formatGoal(goal: Goal): string {
  if (goal.kind === 'floor') return `≥ ${goal.atLeast}`;
  if (goal.kind === 'limit') {
    if (goal.metric === 'value') return `≤ ${goal.atMost}`;
    return goal.metric === 'p95Ms' ? `p95 ≤ ${goal.atMost} ms` : `RSS ≤ ${goal.atMost} MB`;
  }
  return goal.peer === 'docker-registry'
    ? `≥ ${goal.atLeast} × registry`
    : `≥ ${Math.round(goal.atLeast * 100)} % of ${goal.peer}`;
}

function formatVerdict(verdict: boolean | undefined): string {
  if (verdict === undefined) return '–';
  return verdict ? 'yes' : '**no**';
}

function formatCost(row: Row, { target, runs }: TargetRuns): string[] {
  const show = (metric: Metric) => {
    const value = findMedian(row, target, metric);
    return value === undefined ? '–' : formatNumber(value);
  };
  const children = findMedian(row, target, 'childrenMb') ?? 0;
  const plus = children > 0 ? ` + ${formatNumber(children)} PostgreSQL` : '';
  return [
    row.id,
    row.name,
    target,
    show('p50Ms'),
    show('p95Ms'),
    show('p99Ms'),
    `${show('peakRssMb')}${plus}`,
    show('cpuSecondsPer1000'),
    runs.at(0)?.generator ?? '–',
  ];
}

/** Three significant digits, thousands in groups. */
export function formatNumber(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [formatLine(header), formatLine(header.map(() => '---')), ...rows.map(formatLine)].join(
    '\n',
  );
}

function formatLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
