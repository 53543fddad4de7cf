// node scripts/run.mjs conformance/crash/jobs-killed.ts [--only GARBAGE_COLLECTION,RETENTION] [--together]
import { parseArgs } from 'node:util';
import { jobKinds } from './jobs-kinds.ts';
import { describeJobs } from './jobs-report.ts';
import { runKilledJobs } from './jobs-run.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    /** One kill for all, and one more with PostgreSQL; otherwise one for each kind of job. */
    together: { type: 'boolean', default: false },
  },
});

const all = jobKinds.map(({ vendorType }) => vendorType);
const names = values.only?.split(',') ?? all;
const apart = names.map((name) => [name]);
const rounds = await runKilledJobs({
  rounds: values.together ? [names, names] : apart,
  onRound: (round) => process.stdout.write(`${describeJobs(round)}\n`),
});
const failed = rounds.filter(({ violations }) => violations.length > 0).length;
process.stdout.write(`jobs: ${rounds.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
