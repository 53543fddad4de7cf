import {
  type LdapDirectory,
  LdapError,
  type LdapErrorKind,
  type LdapGroupSettings,
  type LdapSettings,
} from '../../server/src/identity/ldap/index.ts';
import { ADMIN_DN, ADMIN_PASSWORD } from './entries.ts';
import type { Slapd } from './slapd.ts';

/** What the steps share. */
export interface DirectoryContext {
  readonly directory: LdapDirectory;
  /** The server, started by the first step. @throws StepSkipped where there is no slapd */
  slapd(): Slapd;
  /** Right settings for the database that keeps memberOf, changed as told. */
  settings(change?: Partial<LdapSettings>, group?: Partial<LdapGroupSettings>): LdapSettings;
  /** The same for the database that does not. */
  plainSettings(change?: Partial<LdapSettings>, group?: Partial<LdapGroupSettings>): LdapSettings;
}

/** @throws Error unless `work` throws an LdapError of this kind within the time */
export async function expectLdapError(
  kind: LdapErrorKind,
  work: Promise<unknown>,
  withinMs = 5_000,
): Promise<void> {
  const start = performance.now();
  const failure = await work.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  const elapsed = performance.now() - start;
  if (!(failure instanceof LdapError)) throw new Error('no LdapError', { cause: failure });
  if (failure.kind !== kind) throw new Error(`expected ${kind}, got ${failure.kind}: ${failure}`);
  if (elapsed > withinMs) throw new Error(`took ${elapsed} ms`);
  if (failure.message.includes(ADMIN_PASSWORD)) throw new Error('the error tells the password');
}

/** Right settings but for the URL. */
export function describeSettings(suffix: string): LdapSettings {
  return {
    url: '',
    searchDn: ADMIN_DN,
    searchPassword: ADMIN_PASSWORD,
    baseDn: `ou=people,${suffix}`,
    filter: '(objectClass=inetOrgPerson)',
    uid: 'uid',
    scope: 2,
    timeoutSeconds: 3,
    verifyCert: true,
    group: {
      baseDn: `ou=groups,${suffix}`,
      filter: '(objectClass=groupOfNames)',
      nameAttribute: 'cn',
      scope: 2,
      adminDn: '',
      membershipAttribute: 'memberof',
      attachParallel: false,
    },
  };
}
