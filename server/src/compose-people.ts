import type { Invalidation } from './artifacts/index.ts';
import type { composeIdentity } from './compose-identity.ts';
import type { Parts } from './compose-parts.ts';
import { type ConfigurationService, enabledSources } from './configuration/index.ts';
import {
  ADMIN_USERNAME,
  createUserRepository,
  groupTypeOf,
  type IdentityService,
} from './identity/index.ts';
import { ldapLink } from './identity/ldap/index.ts';
import type { InitialPassword } from './initial-password.ts';
import { ldapSettings } from './login/index.ts';
import { createUserGroupRepository, createUserGroupsService } from './user-groups/index.ts';
import {
  createAccountRepository,
  createCredentialsService,
  createLdapService,
  createMemberResolver,
  createUsersService,
} from './users/index.ts';

export interface PeopleParts extends Parts {
  readonly identity: IdentityService;
  readonly configuration: ConfigurationService;
  readonly invalidation: Invalidation;
  readonly who: ReturnType<typeof composeIdentity>;
  readonly initialPassword: InitialPassword;
  /** Renames a user in the audit log. */
  maskAudit(username: string, replacement: string): Promise<void>;
}

/** The administration of users and groups. */
export function composePeople(parts: PeopleParts) {
  const { config, db, background, identity, configuration, invalidation } = parts;
  const { login, ldap } = parts.who;
  const accounts = createAccountRepository(db);
  const told = {
    changed: (userId: number) => invalidation.user(userId),
    announceProject: (name: string) => invalidation.project(name),
  };
  const findOidcMeta = (userId: number) => login.cliSecrets.findOidcMeta(userId);
  const findSettings = () => {
    const settings = configuration.current();
    if (settings.ldap_url === '') return undefined;
    return ldapSettings(settings, configuration.getSecret('ldap_search_password'));
  };
  const ldapAdministration = createLdapService({
    directory: ldap,
    identity,
    ldapSettings: findSettings,
    linkOf: ldapLink,
  });
  const groups = createUserGroupsService({
    ...told,
    groups: createUserGroupRepository(db),
    groupTypes: () => shownGroupTypes(configuration),
    findLdapGroup: (dn) => ldapAdministration.findGroup(dn),
  });
  return {
    ldapAdministration,
    groups,
    users: createUsersService({
      ...told,
      accounts,
      identity,
      findOidcMeta,
      users: createUserRepository(db),
      selfRegistration: () => configuration.get('self_registration'),
      gdprDelete: () => config.gdpr.deleteUser,
      deleted(username, replacement) {
        if (!config.gdpr.auditLogs) return;
        background.run('mask audit log', () => parts.maskAudit(username, replacement));
      },
    }),
    credentials: createCredentialsService({
      ...told,
      accounts,
      identity,
      findOidcMeta,
      brake: login.brake,
      cliSecrets: login.cliSecrets,
      passwordReplaced: (username) => discardInitial(parts, username),
    }),
    resolver: createMemberResolver({
      accounts,
      identity,
      groups,
      findExternalUser: (username) => ldapAdministration.findIdentity(username),
    }),
  };
}

/** The password is replaced, whether or not the file can be deleted. */
async function discardInitial({ initialPassword, log }: PeopleParts, username: string) {
  if (username !== ADMIN_USERNAME) return;
  try {
    await initialPassword.discard();
  } catch (error) {
    log.warn({ err: error }, 'the file with the generated password could not be deleted');
  }
}

/** As in Harbor: with a directory alone its groups, with a provider all that there are. */
function shownGroupTypes(configuration: ConfigurationService): readonly number[] | undefined {
  const sources = enabledSources(configuration.current()).filter((name) => name !== 'database');
  if (sources.length === 0 || sources.includes('oidc')) return undefined;
  return sources.map((source) => groupTypeOf[source]);
}
