// node scripts/run.mjs conformance/crash/main.ts [--rounds 100] [--cuts 100] [--seed N] [--only kill|resume] [--life MS]
import { parseArgs } from 'node:util';
import { describeRound, describeTold, runKills } from './kill.ts';
import { describeResume, runResume } from './resume.ts';

const MIB = 1024 * 1024;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    cuts: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    /** The longest life of a server before it is killed, in ms. */
    life: { type: 'string' },
  },
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function kill(seed: string): Promise<number> {
  const report = await runKills({
    rounds: Number(values.rounds),
    seed,
    lifeMs: values.life === undefined ? undefined : Number(values.life),
    onRound: (round) => print(describeRound(round)),
  });
  const failed = report.rounds.filter((round) => round.violations.length > 0).length;
  const slowest = Math.max(...report.rounds.map((round) => round.readyMs));
  const facts = report.rounds.reduce((sum, round) => sum + round.acknowledged, 0);
  const summary = report.fsck.output.split('\n').find((line) => line.startsWith('checked '));
  print(describeTold(report.told));
  print(`fsck ended with ${report.fsck.code}: ${summary ?? report.fsck.output}`);
  print(`${facts} facts acknowledged; slowest start ${Math.round(slowest)} ms`);
  print(`kill: ${report.rounds.length - failed} passed, ${failed} failed`);
  const isWhole = summary?.includes(' 0 missing, 0 damaged,') ?? false;
  const isExact = summary?.includes(' 0 miscounted;') ?? false;
  return failed + report.told.violations.length + (isWhole && isExact ? 0 : 1);
}

async function resume(seed: string): Promise<number> {
  const options = { cuts: Number(values.cuts), size: 64 * MIB, chunk: MIB, seed };
  const report = await runResume(options);
  print(describeResume(report));
  return report.violations.length;
}

print(`seed ${values.seed}`);
let failures = 0;
if (values.only !== 'resume') failures += await kill(values.seed);
if (values.only !== 'kill') failures += await resume(values.seed);
process.exitCode = failures === 0 ? 0 : 1;
