// `npm run check`: everything that needs no server, in seconds. Prints what fails, and all of it.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

interface Check {
  readonly name: string;
  readonly command: readonly string[];
  /** Looks at the output of a command that exited with 0. Returns a fault, if there is one. */
  readonly inspect?: (output: string) => string | undefined;
}

const MIN_MODULES = 80;

const checks: readonly Check[] = [
  { name: 'format', command: ['biome', 'check', '.'] },
  { name: 'lint', command: ['oxlint', '--deny-warnings'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'types of the portal', command: ['tsc', '-p', 'portal'] },
  {
    name: 'boundaries',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
      'oci/src',
      'client/src',
      'server/src',
      'portal/src',
    ],
    // Without a TypeScript it understands, it cruises nothing and is content.
    inspect: (output) => {
      const modules = Number(/(\d+) modules/.exec(output)?.[1] ?? 0);
      return modules >= MIN_MODULES ? undefined : `only ${modules} modules were looked at`;
    },
  },
  { name: 'lockfile', command: ['node', 'scripts/check-lockfile.ts'] },
  { name: 'generated files', command: ['node', 'scripts/check-generated.ts'] },
  { name: 'portal', command: ['node', 'scripts/build-portal.ts', '--check'] },
];

function run(command: readonly string[]): Promise<{ code: number; output: string }> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

let failed = 0;
for (const { name, command, inspect } of checks) {
  const began = performance.now();
  const { code, output } = await run(command);
  const fault = code === 0 ? inspect?.(output) : output.trim();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${fault === undefined ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (fault === undefined) continue;
  failed += 1;
  console.log(fault);
}
process.exitCode = failed === 0 ? 0 : 1;
