// node scripts/run.mjs conformance/crash/replicas.ts [--rounds 100] [--seconds 60] [--kills 2] [--seed N]
import { parseArgs } from 'node:util';
import { checkPause, checkPools, fireSchedules, handOver } from './replicas-jobs.ts';
import { loadBeside } from './replicas-load.ts';
import { startReplicas } from './replicas-world.ts';

const { values } = parseArgs({
  options: {
    /** How often the schedules are made due. */
    rounds: { type: 'string', default: '100' },
    /** Of pushes to one while the other one collects. */
    seconds: { type: 'string', default: '60' },
    kills: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

let failures = 0;

function tell(what: string, violations: readonly string[]): void {
  failures += violations.length;
  const head = `${violations.length === 0 ? 'ok' : 'FAILED'}: ${what}`;
  process.stdout.write(`${[head, ...violations.map((text) => `  ${text}`)].join('\n')}\n`);
}

process.stdout.write(`seed ${values.seed}\n`);
await using replicas = await startReplicas();
tell('both show both pools', await checkPools(replicas));
const firings = await fireSchedules(replicas, Number(values.rounds));
const shares = firings.byReplica.join(' and ');
tell(`${firings.rounds} rounds of 3 schedules: fired ${shares} times`, firings.violations);
tell('a queue paused through one is paused for both', await checkPause(replicas));
const load = await loadBeside(replicas, Number(values.seconds), values.seed);
const { pushes, deletions, reads, runs } = load.tally;
tell(
  `${load.acknowledged} acknowledged: ${pushes} pushes, ${deletions} deletions, ${reads} reads, ` +
    `${runs} manual collections; ${load.live} images live; ${load.collected.join(' and ')} blobs collected`,
  load.violations,
);
for (let kill = 1; kill <= Number(values.kills); kill += 1) {
  const { againMs, doneMs, violations } = await handOver(replicas);
  const [again, done] = [againMs, doneMs].map((ms) => `${(ms / 1000).toFixed(1)} s`);
  tell(`killed in the middle: the other one ran it after ${again}, done after ${done}`, violations);
}
process.exitCode = failures === 0 ? 0 : 1;
