import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Answer, ask } from '../tke/http.ts';

const SUFFIX = 'registry.tke.test';

/** The configuration of a Berth that keeps TKE's images itself; gives its path. */
export async function writeTkeConfig(directory: string): Promise<string> {
  const file = join(directory, 'tke-registry-config.yaml');
  const configuration = {
    apiVersion: 'registry.config.tkestack.io/v1',
    kind: 'RegistryConfiguration',
    defaultTenant: 'default',
    domainSuffix: SUFFIX,
  };
  // JSON is YAML.
  await writeFile(file, JSON.stringify(configuration));
  return file;
}

/** GET by the tenant's host name, as admin. */
export function askTenant(
  url: string,
  tenant: string,
  path: string,
  password: string,
): Promise<Answer> {
  const login = Buffer.from(`admin:${password}`).toString('base64');
  return ask(new URL(path, url), {
    host: `${tenant}.${SUFFIX}`,
    headers: { authorization: `Basic ${login}`, accept: '*/*' },
  });
}
