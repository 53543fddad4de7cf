// A Berth reduced to its database, for tests that kill it: `bundled-holder.ts DIRECTORY`.
import { startBundledPostgres } from '../src/db/index.ts';
import { quietLog } from './log.ts';

const postgres = await startBundledPostgres({
  directory: process.argv[2] ?? '',
  log: quietLog,
  settings: { fsync: 'off' },
});
process.stdout.write(`${postgres.pid()}\n`);
// What a service does on SIGTERM; also keeps the process alive until then.
process.once('SIGTERM', () => void postgres.stop());
