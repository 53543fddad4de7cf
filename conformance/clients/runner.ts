import { type Client, StepSkipped } from './client.ts';
import type { Context } from './context.ts';

/** How one client did. */
export interface ClientResult {
  readonly name: string;
  readonly version: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** Why nothing or not everything was tried. */
  readonly reasons: readonly string[];
}

type Print = (line: string) => void;

/** Runs all steps of a client, going on after a failure, and prints each with its time. */
export async function runClient(
  client: Client,
  context: Context,
  { version, print }: { readonly version: string; readonly print: Print },
): Promise<ClientResult> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const reasons: string[] = [];
  const start = performance.now();
  print(`\n${client.name} ${version}`);
  for (const step of client.createSteps(context)) {
    if (context.signal.aborted) break;
    const stepStart = performance.now();
    context.takeTranscript();
    try {
      await step.run();
      counts.passed++;
      print(`  ok    ${step.name} (${secondsSince(stepStart).toFixed(2)} s)`);
    } catch (error) {
      if (error instanceof StepSkipped) {
        counts.skipped++;
        reasons.push(`${step.name}: ${error.message}`);
        print(`  skip  ${step.name}: ${error.message}`);
      } else {
        counts.failed++;
        print(`  FAIL  ${step.name} (${secondsSince(stepStart).toFixed(2)} s)`);
        print(indent(`${describe(error)}\n${context.takeTranscript()}`));
      }
    }
  }
  return { name: client.name, version, ...counts, seconds: secondsSince(start), reasons };
}

/** The result of a client that cannot be had: all of its steps are skipped. */
export function skipClient(
  client: Client,
  context: Context,
  { reason, print }: { readonly reason: string; readonly print: Print },
): ClientResult {
  print(`\n${client.name}\n  skip  could not be had: ${reason}`);
  return {
    name: client.name,
    version: '',
    passed: 0,
    failed: 0,
    skipped: client.createSteps(context).length,
    seconds: 0,
    reasons: [`could not be had: ${reason}`],
  };
}

/** Prints one line per client and the closing line. */
export function printSummary(results: readonly ClientResult[], print: Print): void {
  print('\nclients');
  for (const result of results) {
    const { name, version, passed, failed, skipped } = result;
    const verdict = failed > 0 ? 'FAILED' : passed > 0 ? 'tested' : 'not tested';
    print(
      `  ${name.padEnd(16)} ${verdict.padEnd(10)} ${passed} passed, ${failed} failed, ` +
        `${skipped} skipped in ${result.seconds.toFixed(1)} s  ${version}`,
    );
    for (const reason of result.reasons) print(`  ${' '.repeat(16)} ${reason}`);
  }
  const sum = (field: 'passed' | 'failed' | 'skipped') =>
    results.reduce((total, result) => total + result[field], 0);
  print(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function indent(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `        ${line}`)
    .join('\n');
}
