import { z } from 'zod';
import { ProviderError, type ProviderHealth } from '../provider.ts';
import { currentUser, systemInfo } from './answers.ts';
import { type HarborApi, parseJson } from './harbor-api.ts';

/**
 * Checks that a Harbor is at the address, takes the account, lets it administer, and is new enough.
 *
 * @throws ProviderError with a sentence that says what to change
 */
export async function checkHarbor(
  api: HarborApi,
  signal: AbortSignal | undefined,
): Promise<ProviderHealth> {
  const info = await api.find(systemInfo, { path: '/api/v2.0/systeminfo', signal });
  if (info === undefined) {
    throw new ProviderError('invalid', 'no Harbor 2.0 or newer is at the address of the back end');
  }
  const version = info.harbor_version;
  // Harbor tells it to those who are logged in, and takes wrong credentials for none.
  if (version === undefined) throw wrongAccount();
  await checkAccount(api, signal);
  const major = /^v?(\d+)\./.exec(version)?.[1];
  if (major !== undefined && Number(major) < 2) {
    throw new ProviderError('invalid', 'the Harbor of the back end is too old: 2.0 is needed');
  }
  return { version, charts: info.with_chartmuseum === true ? 'chartmuseum' : 'oci' };
}

async function checkAccount(api: HarborApi, signal: AbortSignal | undefined): Promise<void> {
  const path = '/api/v2.0/users/current';
  const expected = [401, 403, 404, 412];
  const response = await api.send({ method: 'GET', path, expected, signal });
  if (response.status === 401) throw wrongAccount();
  if (response.status === 200) {
    const user = parseJson(currentUser, response.body);
    if (user.sysadmin_flag === true || user.admin_role_in_auth === true) return;
    throw new ProviderError(
      'denied',
      'the service account of the back end must be a system administrator',
    );
  }
  // A robot of the system is no user; what it may do shows in the list of projects.
  const projects = await api.send({
    method: 'GET',
    path: '/api/v2.0/projects',
    query: { page_size: 1 },
    signal,
  });
  parseJson(z.array(z.unknown()).nullable(), projects.body);
}

function wrongAccount(): ProviderError {
  return new ProviderError(
    'denied',
    'the back end refuses its service account: check user name and password',
  );
}
