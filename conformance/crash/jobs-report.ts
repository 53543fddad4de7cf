import type { JobKind } from './jobs-kinds.ts';

/** One kind of job in a round. */
export interface KilledJob {
  readonly vendorType: string;
  /** Facts that were still to be changed when it was killed, and those that it leaves in the end. */
  readonly undone: number;
  readonly facts: number;
  /** From the restart until it ran again, and until it was done, in ms. */
  readonly againMs: number;
  readonly doneMs: number;
  readonly attributes: readonly [undisturbed: string, killed: string];
}

export interface JobsRound {
  readonly database: boolean;
  readonly readyMs: number;
  readonly jobs: readonly KilledJob[];
  readonly violations: readonly string[];
}

/** What became of the jobs in one registry. */
export interface Outcome {
  readonly effects: ReadonlyMap<string, readonly string[]>;
  readonly attributes: ReadonlyMap<string, string>;
  /** What fsck says in its last line. */
  readonly fsck: string;
}

const SHOWN = 10;

/** Gives what is wrong with what the killed jobs did. */
export function* compare(
  kinds: readonly JobKind[],
  undisturbed: Outcome,
  killed: Outcome,
): Generator<string> {
  for (const { vendorType } of kinds) {
    const wanted = undisturbed.effects.get(vendorType) ?? [];
    const found = killed.effects.get(vendorType) ?? [];
    const faults = [
      ...subtract(wanted, found).map((fact) => `without ${fact}`),
      ...subtract(found, wanted).map((fact) => `with ${fact}`),
    ];
    for (const fault of faults.slice(0, SHOWN)) yield `${vendorType}: ${fault}`;
    const status = killed.attributes.get(vendorType)?.split(' ')[0];
    if (status !== 'Success') yield `${vendorType}: ended as ${status}`;
  }
  if (undisturbed.fsck !== killed.fsck) yield `fsck: ${killed.fsck}, not ${undisturbed.fsck}`;
}

/** Those that are not among the others, or not as often. */
export function subtract(facts: readonly string[], others: readonly string[]): string[] {
  const known = new Map<string, number>();
  for (const fact of others) known.set(fact, (known.get(fact) ?? 0) + 1);
  return facts.filter((fact) => {
    const left = known.get(fact) ?? 0;
    known.set(fact, left - 1);
    return left <= 0;
  });
}

/** Some lines about a round. */
export function describeJobs({ database, readyMs, jobs, violations }: JobsRound): string {
  const verdict = violations.length === 0 ? 'ok' : 'FAILED';
  const victims = database ? 'server and PostgreSQL' : 'server';
  const lines = jobs.map((job) => {
    const [undisturbed, killed] = job.attributes;
    const told = undisturbed === killed ? '' : `; tells ${killed} instead of ${undisturbed}`;
    const times = `again after ${seconds(job.againMs)}, done after ${seconds(job.doneMs)}`;
    return `  ${job.vendorType}: ${job.undone} facts to be changed at the kill, ${job.facts} in the end; ${times}${told}`;
  });
  const head = `${verdict}: ${victims} killed, ready after ${seconds(readyMs)}`;
  return [head, ...lines, ...violations.map((text) => `  ${text}`)].join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
