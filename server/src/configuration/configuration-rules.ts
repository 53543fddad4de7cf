import {
  type ConfigurationKey,
  configurationShape,
  isConfigurationKey,
  type RawValues,
  type Settings,
} from './configuration-items.ts';

export interface AcceptedChanges {
  readonly values: RawValues;
  /** One sentence for each key that cannot be taken; they repeat no value. */
  readonly faults: readonly string[];
}

const MAX_NAME = 64;

/**
 * Reads a partial configuration, every key of it. `null` is as good as left out, as Harbor's
 * generated clients send it.
 */
export function acceptChanges(changes: unknown): AcceptedChanges {
  if (!isObject(changes)) return { values: {}, faults: ['must be a JSON object'] };
  const values: Partial<Record<ConfigurationKey, unknown>> = {};
  const faults: string[] = [];
  for (const [key, value] of Object.entries(changes)) {
    if (!isConfigurationKey(key)) {
      faults.push(`${key.slice(0, MAX_NAME)}: there is no such key`);
      continue;
    }
    if (value === null || value === undefined) continue;
    const result = configurationShape[key].safeParse(value);
    if (result.success) values[key] = result.data;
    else faults.push(`${key}: ${result.error.issues[0]?.message}`);
  }
  return { values, faults };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong with settings that are right one by one. */
export function findRuleFaults(settings: Settings): string[] {
  const faults: string[] = [];
  if (settings.skip_audit_log_database && settings.audit_log_forward_endpoint === '') {
    faults.push('skip_audit_log_database: needs audit_log_forward_endpoint');
  }
  return faults;
}

/** Where users may come from; the names that their identities are stored under. */
export type UserSource = 'database' | 'ldap' | 'oidc' | 'http' | 'uaa';

const SOURCE_OF_MODE = {
  db_auth: 'database',
  ldap_auth: 'ldap',
  oidc_auth: 'oidc',
  http_auth: 'http',
  uaa_auth: 'uaa',
} as const satisfies Record<Settings['auth_mode'], UserSource>;

/**
 * Harbor has one source of users at a time. Here several are in use at once: always the database,
 * the one that `auth_mode` names, and those that are enabled by flag. In the order to ask them.
 */
export function enabledSources(settings: Settings): readonly UserSource[] {
  const named = SOURCE_OF_MODE[settings.auth_mode];
  const flagged = {
    ldap: settings.ldap_enabled,
    oidc: settings.oidc_enabled,
    http: settings.http_authproxy_enabled,
    uaa: settings.uaa_enabled,
  };
  const external = (['ldap', 'oidc', 'http', 'uaa'] as const).filter(
    (source) => source === named || flagged[source],
  );
  return ['database', ...external];
}
