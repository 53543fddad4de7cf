import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, type Step, StepSkipped } from './client.ts';
import type { Context } from './context.ts';
import { ensureVenv } from './python-venv.ts';

const REQUIREMENT = 'harborapi==0.26.2';
const SESSION = fileURLToPath(new URL('harborapi_session.py', import.meta.url));
const CACHE = fileURLToPath(new URL('../../.berth/tools', import.meta.url));
const LIMIT_MS = 2 * 60_000;

/** The steps of `harborapi_session.py`, by the names of its methods. */
const names = [
  'system_info',
  'health_and_ping',
  'current_user_and_permissions',
  'user_create_get_search',
  'user_update_and_set_admin',
  'project_create_exists_get',
  'project_update_summary_list',
  'members',
  'system_robot',
  'project_robot',
  'quotas',
  'configurations',
  'audit_logs',
  'user_groups',
  'cve_allowlist',
  'search_and_statistics',
  'refusals',
  'delete_all',
];

/** The Python client of Harbor's REST API, which checks every answer against its own models. */
export const harborapi: Client = { name: 'harborapi', tools: [], createSteps };

function createSteps(context: Context): Step[] {
  /** What the one run of the script said, by step. */
  const results = new Map<string, string | undefined>();
  return [
    {
      name: `install ${REQUIREMENT} from PyPI and run the session`,
      async run() {
        const programs = await ensureVenv(REQUIREMENT, { cache: CACHE, signal: context.signal });
        const { url, username, password } = context.registry;
        const env = {
          REGISTRY_URL: url,
          REGISTRY_USERNAME: username,
          REGISTRY_PASSWORD: password,
          PYTHONDONTWRITEBYTECODE: '1',
        };
        const argv = [join(programs, 'python3'), SESSION];
        const output = await context.run(argv, { env, timeoutMs: LIMIT_MS });
        for (const line of output.split('\n')) keep(results, JSON.parse(line));
        const strange = [...results.keys()].filter((name) => !names.includes(name));
        if (strange.length > 0) throw new Error(`steps without a name here: ${strange.join(', ')}`);
      },
    },
    ...names.map((name) => ({
      name: name.replaceAll('_', ' '),
      run() {
        if (results.size === 0) throw new StepSkipped('the session did not run');
        if (!results.has(name)) throw new Error('the session did not come so far');
        const error = results.get(name);
        return error === undefined ? Promise.resolve() : Promise.reject(new Error(error));
      },
    })),
  ];
}

function keep(results: Map<string, string | undefined>, line: unknown): void {
  if (typeof line !== 'object' || line === null || !('step' in line)) return;
  results.set(String(line.step), 'error' in line ? String(line.error) : undefined);
}
