// node scripts/run.mjs conformance/crash/gc.ts [--minutes 10] [--pushers 20] [--deleters 5]
//   [--kill-every S] [--lease 5] [--upload 30] [--collect 180] [--seed N]
import { parseArgs } from 'node:util';
import { describeGc, isProven } from './gc-report.ts';
import { runGc } from './gc-run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    pushers: { type: 'string', default: '20' },
    deleters: { type: 'string', default: '5' },
    /** Seconds, as all that follow. */
    'kill-every': { type: 'string' },
    lease: { type: 'string', default: '5' },
    upload: { type: 'string', default: '30' },
    collect: { type: 'string', default: '180' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

const print = (line: string) => process.stdout.write(`${line}\n`);

print(`seed ${values.seed}`);
const killEvery = values['kill-every'];
const report = await runGc({
  seconds: Number(values.minutes) * 60,
  pushers: Number(values.pushers),
  deleters: Number(values.deleters),
  killEvery: killEvery === undefined ? undefined : Number(killEvery),
  leaseSeconds: Number(values.lease),
  uploadSeconds: Number(values.upload),
  collectSeconds: Number(values.collect),
  seed: values.seed,
  onLine: print,
});
if (!isProven(report)) print(report.log);
print(describeGc(report));
process.exitCode = isProven(report) ? 0 : 1;
