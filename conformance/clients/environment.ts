import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { AuthKind, Context } from './context.ts';

/**
 * An environment in which no client reads or writes the user's own configuration.
 *
 * @param root an existing directory that takes all homes, caches and run-time files
 */
export async function createEnvironment(root: string): Promise<Record<string, string>> {
  const make = async (name: string) => {
    const path = join(root, name);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  };
  const home = await make('home');
  const containers = join(home, '.config', 'containers');
  await mkdir(containers, { recursive: true });
  await writeFile(
    join(containers, 'policy.json'),
    '{"default":[{"type":"insecureAcceptAnything"}]}',
  );
  const registries = join(containers, 'registries.conf');
  await writeFile(registries, 'unqualified-search-registries = []\n');
  return {
    PATH: [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter),
    HOME: home,
    TMPDIR: await make('tmp'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: await make('home/.cache'),
    XDG_DATA_HOME: await make('home/.local/share'),
    XDG_RUNTIME_DIR: await make('run'),
    CONTAINERS_REGISTRIES_CONF: registries,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
  };
}

/** Writes credential files in Docker's format, which most clients read. */
export async function createAuth(
  root: string,
  host: string,
  credentials: { readonly username: string; readonly right: string; readonly wrong: string },
): Promise<Context['auth']> {
  const write = async (kind: AuthKind, password: string | undefined) => {
    const directory = join(root, 'auth', kind);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const auth = Buffer.from(`${credentials.username}:${password}`).toString('base64');
    const file = join(directory, 'config.json');
    const auths = password === undefined ? {} : { [host]: { auth } };
    await writeFile(file, JSON.stringify({ auths }), { mode: 0o600 });
    return { DOCKER_CONFIG: directory, REGISTRY_AUTH_FILE: file };
  };
  return {
    right: await write('right', credentials.right),
    wrong: await write('wrong', credentials.wrong),
    none: await write('none', undefined),
  };
}
