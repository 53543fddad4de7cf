import { AppError } from '../../lib/index.ts';

const SECRETS: ReadonlySet<string> = new Set([
  'password',
  'password_hash',
  'password_version',
  'salt',
  'secret',
  'secret_hash',
  'access_secret',
  'client_secret',
  'cli_secret',
  'oidc_secret',
  'token',
  'token_epoch',
  'reset_uuid',
  'auth_header',
  'auth_data',
  'access_cred',
  'private_jwk',
]);

/**
 * Refuses to look at secrets, also by way of `user__password` (CVE-2025-30086). The allow list of
 * a resource would ignore them anyhow; saying so tells a probe from a typing mistake.
 *
 * @throws AppError invalid
 */
export function assertPublicKey(parameter: 'q' | 'sort', key: string): void {
  const secret = key
    .split('__')
    .map(toSnakeCase)
    .find((part) => SECRETS.has(part));
  if (secret === undefined) return;
  throw new AppError('invalid', `${parameter} may not use "${secret}"`);
}

/** `ProjectID`, `projectId` and `project_id` become `project_id`. */
export function toSnakeCase(key: string): string {
  return key
    .trim()
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}
