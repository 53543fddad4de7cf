import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, type Step, StepSkipped } from './client.ts';
import { runCommand } from './command.ts';
import type { Context } from './context.ts';
import { ensureVenv } from './python-venv.ts';

const REQUIREMENT = 'schemathesis==4.32.5';
const LIMIT_MS = 4 * 60_000;

/**
 * Schemathesis: a fuzzer by other people, driven by our OpenAPI document. It changes whatever it
 * happens to hit, so nothing should run after it.
 */
export const schemathesis: Client = { name: 'schemathesis', tools: [], createSteps };

/**
 * Left out: what would lock out or change the account that it runs as, what counts guesses by
 * address, and the configuration, which could turn everything else off. And what answers 200
 * without a body while there is no schedule, as Harbor does, which OpenAPI cannot say.
 */
const excluded = [
  'updateConfigurations',
  'login',
  'userExists',
  'finishOidcLogin',
  'redirectFromAuthProxy',
  'updateUserPassword',
  'setUserSysAdmin',
  'deleteUser',
  'getGCSchedule',
  'getPurgeSchedule',
];

const options = [
  '--no-color',
  '--checks=not_a_server_error,response_schema_conformance',
  '--phases=fuzzing',
  '--seed=1',
  '--generation-database=none',
  '--no-shrink',
  // Names of repositories have a pattern that few random texts fit; that is no fault of the API.
  '--suppress-health-check=filter_too_much',
  '--continue-on-failure',
  '--warnings=off',
  '--request-timeout=10',
];

function createSteps(context: Context): Step[] {
  const { url, username, password } = context.registry;
  const cache = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.berth', 'tools');
  let program: string | undefined;

  async function fuzz(examples: number, credentials: readonly string[]): Promise<number> {
    if (program === undefined) throw new StepSkipped('it is not installed');
    const output = await context.run(
      [
        program,
        'run',
        `${url}/api/v2.0/openapi.json`,
        '--url',
        url,
        '--max-examples',
        String(examples),
        ...options,
        ...credentials,
        ...excluded.flatMap((id) => ['--exclude-operation-id', id]),
      ],
      { cwd: await context.directory('schemathesis'), timeoutMs: LIMIT_MS },
    );
    return Number(/(\d+) generated/.exec(output)?.[1] ?? 0);
  }

  return [
    {
      name: 'install it from PyPI',
      async run() {
        const found = join(await ensureVenv(REQUIREMENT, { cache, signal: context.signal }), 'st');
        const { stdout } = await runCommand([found, '--version'], { env: process.env });
        const version = stdout.toString().trim();
        if (!version.includes('4.32.5')) throw new Error(`not 4.32.5: ${version}`);
        program = found;
      },
    },
    {
      name: 'about 1,000 cases as the administrator: no 5xx, every body as documented',
      async run() {
        const cases = await fuzz(13, ['--auth', `${username}:${password}`]);
        if (cases < 800) throw new Error(`only ${cases} cases were generated`);
      },
    },
    {
      name: 'about 300 cases as nobody: the same',
      async run() {
        const cases = await fuzz(4, []);
        if (cases < 200) throw new Error(`only ${cases} cases were generated`);
      },
    },
    {
      name: 'the registry is well afterwards',
      async run() {
        const response = await fetch(`${url}/readyz`);
        await response.body?.cancel();
        if (response.status !== 200) throw new Error(`GET /readyz: ${response.status}`);
      },
    },
  ];
}
