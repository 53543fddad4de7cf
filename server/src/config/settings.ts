import { readFileSync } from 'node:fs';
import { type Document, parseDocument } from 'yaml';
import { ConfigError } from './config.errors.ts';

/** Where each setting may come from: its path in the YAML file, and its environment variable. */
export const settings: ReadonlyMap<string, string> = new Map([
  ['dataDir', 'BERTH_DATA_DIR'],
  ['http.host', 'BERTH_HTTP_HOST'],
  ['http.port', 'BERTH_HTTP_PORT'],
  ['http.externalUrl', 'BERTH_EXTERNAL_URL'],
  ['http.stallSeconds', 'BERTH_HTTP_STALL_SECONDS'],
  ['http.drainSeconds', 'BERTH_HTTP_DRAIN_SECONDS'],
  ['adminPassword', 'BERTH_ADMIN_PASSWORD'],
  ['databaseUrl', 'BERTH_DATABASE_URL'],
  ['databasePoolSize', 'BERTH_DATABASE_POOL_SIZE'],
  ['storage', 'BERTH_STORAGE'],
  ['storageRoot', 'BERTH_STORAGE_ROOT'],
  ['logLevel', 'BERTH_LOG_LEVEL'],
  ['token.seconds', 'BERTH_TOKEN_SECONDS'],
  ['token.service', 'BERTH_TOKEN_SERVICE'],
  ['token.issuer', 'BERTH_TOKEN_ISSUER'],
  ['secretKey', 'BERTH_SECRET_KEY'],
  ['retiredSecretKeys', 'BERTH_RETIRED_SECRET_KEYS'],
  ['trustedProxies', 'BERTH_TRUSTED_PROXIES'],
  ['configOverwriteJson', 'BERTH_CONFIG_OVERWRITE_JSON'],
  ['caFile', 'BERTH_CA_FILE'],
  ['tkeConfig', 'BERTH_TKE_CONFIG'],
  ['egressNetworks', 'BERTH_EGRESS_NETWORKS'],
  ['gdpr.deleteUser', 'BERTH_GDPR_DELETE_USER'],
  ['gdpr.auditLogs', 'BERTH_GDPR_AUDIT_LOGS'],
  ['gc.intervalSeconds', 'BERTH_GC_INTERVAL_SECONDS'],
  ['gc.leaseSeconds', 'BERTH_GC_LEASE_SECONDS'],
  ['gc.uploadSeconds', 'BERTH_GC_UPLOAD_SECONDS'],
  ['gc.trashSeconds', 'BERTH_GC_TRASH_SECONDS'],
  ['uploadExpirySeconds', 'BERTH_UPLOAD_EXPIRY_SECONDS'],
  ['scrub.bytesPerSecond', 'BERTH_SCRUB_BYTES_PER_SECOND'],
]);

export interface RawSettings {
  /** Nested as in the YAML file. */
  readonly values: unknown;
  /** Setting path → the name it was given under, for messages. */
  readonly sources: ReadonlyMap<string, string>;
  /** What was found wrong while reading, to be told together with wrong values. */
  readonly faults: readonly string[];
}

type Tree = { [key: string]: unknown };

/**
 * Reads the YAML file, if one is named, and lays the environment over it. An unknown `BERTH_…`
 * variable is a fault: a misspelt setting must not be ignored.
 *
 * @throws ConfigError when the file cannot be read or parsed.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  file: string | undefined,
): RawSettings {
  const given = file === undefined ? {} : readFile(file);
  // A section with nothing under it is null in YAML.
  const values: Tree = {
    ...given,
    http: given['http'] ?? {},
    token: given['token'] ?? {},
    gdpr: given['gdpr'] ?? {},
    scrub: given['scrub'] ?? {},
    gc: given['gc'] ?? {},
  };
  const sources = new Map<string, string>();
  const known = new Set(settings.values());
  const faults = Object.keys(environment)
    .filter((name) => name.startsWith('BERTH_') && !known.has(name))
    .map((name) => `${name}: there is no such setting`);
  for (const [path, variable] of settings) {
    const value = environment[variable];
    if (value === undefined || value === '') continue;
    put(values, path.split('.'), value);
    sources.set(path, variable);
  }
  return { values, sources, faults };
}

function put(tree: Tree, path: readonly string[], value: string): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    tree[head] = value;
    return;
  }
  const child = tree[head];
  const branch: Tree = isTree(child) ? { ...child } : {};
  put(branch, rest, value);
  tree[head] = branch;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readFile(file: string): Tree {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`--config: ${file} cannot be read: ${reason}`]);
  }
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(document.errors.map((error) => `--config ${file}: ${error.message}`));
  }
  const value = toPlain(document, file) ?? {};
  if (!isTree(value)) throw new ConfigError([`--config ${file}: must be a mapping of settings`]);
  return value;
}

/** Aliases are resolved only here, and an unresolved one, or too many, throw. */
function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`--config ${file}: ${reason}`]);
  }
}
