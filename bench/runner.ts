import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cost, Row, Run, Sample, TargetId, TargetRuns } from './figure.ts';
import type { Measure } from './scenarios/scenario.ts';
import type { Target } from './targets/target.ts';
import { readUsage, resetPeak } from './targets/usage.ts';

const WARM_UP_SECONDS = 1;

/**
 * Takes a measure `runs` times on every target, in turns, so that a noisy minute hits all of them.
 * A run with a wrong answer is void and counted as such.
 */
export async function takeMeasure(
  measure: Measure,
  targets: readonly Target[],
  scale: { readonly runs: number; readonly seconds: number },
): Promise<Row[]> {
  const taking = targets.filter(({ id }) => measure.targets.includes(id));
  if (measure.warmUp) {
    for (const target of taking) {
      await attempt(() => measure.run(target, { index: -1, seconds: WARM_UP_SECONDS }));
    }
  }
  const results = new Map<TargetId, (Run[] | string)[]>();
  for (let index = 0; index < scale.runs; index += 1) {
    for (const target of taking) {
      const result = await attempt(() => takeRun(measure, target, index, scale.seconds));
      results.set(target.id, [...(results.get(target.id) ?? []), result]);
      console.error(`  ${target.id} #${index + 1}: ${describe(measure, result)}`);
    }
  }
  return measure.rows.map((spec, column) => ({
    ...spec,
    targets: [...results].map(([id, runs]) => collect(id, runs, column)),
  }));
}

async function attempt<T>(action: () => Promise<T>): Promise<T | string> {
  return action().catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  );
}

async function takeRun(
  measure: Measure,
  target: Target,
  index: number,
  seconds: number,
): Promise<Run[]> {
  // What one target left to be written must not slow down the next.
  await promisify(execFile)('sync').catch(() => undefined);
  await resetPeak(target.pid());
  const before = await readUsage(target.pid());
  const samples = await measure.run(target, { index, seconds });
  const after = await readUsage(target.pid());
  const cpuSeconds = (after.cpuSeconds ?? Number.NaN) - (before.cpuSeconds ?? Number.NaN);
  return samples.map((sample) => ({ ...sample, ...costOf(sample, cpuSeconds, after) }));
}

function costOf(
  { operations }: Sample,
  cpuSeconds: number,
  usage: { readonly peakRssMb?: number; readonly childrenMb?: number },
): Cost {
  if (operations === undefined) return {};
  return {
    ...(usage.peakRssMb === undefined ? {} : { peakRssMb: usage.peakRssMb }),
    ...(usage.childrenMb === undefined ? {} : { childrenMb: usage.childrenMb }),
    ...(Number.isNaN(cpuSeconds) ? {} : { cpuSecondsPer1000: (cpuSeconds / operations) * 1000 }),
  };
}

function collect(id: TargetId, results: readonly (Run[] | string)[], column: number): TargetRuns {
  const runs: Run[] = [];
  const voided: string[] = [];
  for (const result of results) {
    if (typeof result === 'string') voided.push(result);
    else if (result[column] !== undefined) runs.push(result[column]);
  }
  return { target: id, runs, voided };
}

function describe(measure: Measure, result: Run[] | string): string {
  if (typeof result === 'string') return `void: ${result}`;
  const figures = result.map((run, column) => {
    const unit = measure.rows[column]?.unit ?? '';
    const tail = run.p99Ms === undefined ? '' : ` (p99 ${run.p99Ms.toFixed(2)} ms)`;
    return `${run.value.toPrecision(4)} ${unit}${tail}`;
  });
  return figures.join(', ');
}
