import { enableCompileCache } from 'node:module';

// fsync, DNS and password hashing share libuv's pool, which reads this when it is first used;
// its default of 4 starves uploads.
process.env['UV_THREADPOOL_SIZE'] ??= '16';
// Before the program is loaded: later starts find its modules compiled.
enableCompileCache();
const { runCli } = await import('./cli/cli.ts');
process.exitCode = await runCli(process.argv.slice(2), process.env);
