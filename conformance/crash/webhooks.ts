// node scripts/run.mjs conformance/crash/webhooks.ts [--events 10000] [--down 20] [--slow 20]
import { parseArgs } from 'node:util';
import { describeBacklog, runBacklog } from './backlog.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '10000' },
    /** Seconds. */
    down: { type: 'string', default: '20' },
    slow: { type: 'string', default: '20' },
  },
});

const report = await runBacklog({
  events: Number(values.events),
  downMs: Number(values.down) * 1000,
  slowMs: Number(values.slow) * 1000,
  drainLimitMs: 600_000,
});
process.stdout.write(`${describeBacklog(report)}\n`);
process.exitCode = report.violations.length === 0 ? 0 : 1;
