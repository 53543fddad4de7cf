import { enableCompileCache } from 'node:module';

// Before the program is loaded: later starts find its modules compiled.
enableCompileCache();
const { runCli } = await import('./cli/cli.ts');
process.exitCode = await runCli(process.argv.slice(2), process.env);
