import { AppError, followUp } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import { StoredConfigurationError } from './configuration.errors.ts';
import type { Editability } from './configuration.presenter.ts';
import type { ConfigurationRepository, StoredValues } from './configuration.repository.ts';
import {
  type ConfigurationKey,
  configurationShape,
  isConfigurationKey,
  isSecretKey,
  parseSecrets,
  parseSettings,
  type RawValues,
  type SecretKey,
  type Secrets,
  type SettingKey,
  type Settings,
  textOf,
} from './configuration-items.ts';
import { acceptChanges, findRuleFaults } from './configuration-rules.ts';
import type { Overwrite } from './overwrite.ts';

export interface ConfigurationPorts {
  readonly repository: ConfigurationRepository;
  readonly secrets: {
    seal(plaintext: string, context: string): string;
    /** Throws when the text was sealed with another key or for another context. */
    open(sealed: string, context: string): string;
  };
  /** How many users there are beside the built-in administrator. */
  countUsers(): Promise<number>;
  /** Rejects when no syslog server answers there; the sentence of an AppError is told. */
  checkAuditEndpoint(endpoint: string): Promise<void>;
  /** Tells other replicas to `forget()`; absent when there are none. */
  readonly publish?: (() => Promise<void>) | undefined;
  readonly overwrite?: Overwrite | undefined;
  readonly log: Log;
  /** Milliseconds that never go back; of the process unless told. */
  readonly now?: () => number;
}

export interface ConfigurationService {
  /** One setting from memory: `get('ldap_timeout')` is a number. */
  get<K extends SettingKey>(key: K): Settings[K];
  /** All settings from memory, without secrets. 5 s old at most while they are asked for. */
  current(): Settings;
  /** A secret from memory; empty when it was not set. */
  getSecret(key: SecretKey): string;
  /** Reads everything anew; what is committed before the call is seen after it. */
  refresh(): Promise<void>;
  /** Reads everything anew, soon; the last values stay until then, also when it fails. */
  forget(): void;
  /** What may be changed at all. */
  getEditability(): Promise<Editability>;
  /**
   * Changes some keys, all or none; resolves with their names. Left out, or null, stays as it is;
   * the empty string clears a password.
   *
   * @param by who changes, for the log
   * @throws AppError denied under an overwrite; invalid, telling all that is wrong and no value
   */
  put(changes: unknown, options: { readonly by: string }): Promise<readonly ConfigurationKey[]>;
}

/**
 * Reads what is stored, so that there is always something to answer from.
 *
 * @throws StoredConfigurationError when that cannot be used
 */
export async function openConfiguration(ports: ConfigurationPorts): Promise<ConfigurationService> {
  const state = await loadState(ports);
  return new CachedConfiguration(ports, state);
}

interface State {
  readonly settings: Settings;
  readonly secrets: Secrets;
}

const MAX_AGE_MS = 5_000;

class CachedConfiguration implements ConfigurationService {
  readonly #ports: ConfigurationPorts;
  #state: State;
  #readAt: number;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;

  constructor(ports: ConfigurationPorts, state: State) {
    this.#ports = ports;
    this.#state = state;
    this.#readAt = this.#now();
  }

  get<K extends SettingKey>(key: K): Settings[K] {
    return this.current()[key];
  }

  current(): Settings {
    this.#forgetOld();
    return this.#state.settings;
  }

  getSecret(key: SecretKey): string {
    this.#forgetOld();
    return this.#state.secrets[key];
  }

  #forgetOld(): void {
    if (this.#now() - this.#readAt >= MAX_AGE_MS) this.forget();
  }

  refresh(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    // The read under way may have begun before the change that the caller wants to see.
    this.#queued ??= this.#running.catch(() => undefined).then(() => this.#start());
    return this.#queued;
  }

  #start(): Promise<void> {
    this.#queued = undefined;
    this.#running = this.#read().finally(() => {
      // Reads never overlap: an older one must not end last.
      if (this.#queued === undefined) this.#running = undefined;
    });
    return this.#running;
  }

  async #read(): Promise<void> {
    // Also when it fails: a database that is down is not asked at every call.
    this.#readAt = this.#now();
    this.#state = await loadState(this.#ports);
  }

  forget(): void {
    this.refresh().catch((error: unknown) => {
      this.#ports.log.error({ err: error }, 'the configuration could not be read again');
    });
  }

  async getEditability(): Promise<Editability> {
    const isEditable = this.#ports.overwrite === undefined;
    return { isEditable, isAuthModeEditable: (await this.#ports.countUsers()) === 0 };
  }

  async put(changes: unknown, { by }: { readonly by: string }): Promise<ConfigurationKey[]> {
    if (this.#ports.overwrite !== undefined) {
      throw new AppError(
        'denied',
        'the configuration is fixed by BERTH_CONFIG_OVERWRITE_JSON and cannot be changed',
      );
    }
    const { values, faults } = acceptChanges(changes);
    refuse(faults);
    const keys = Object.keys(values).filter(isConfigurationKey);
    if (keys.length === 0) return [];
    const check = (stored: StoredValues) => findRuleFaults(settingsOf(stored, values));
    const stored = await this.#ports.repository.list();
    const outside = await this.#findOutsideFaults(settingsOf(stored), settingsOf(stored, values));
    refuse([...check(stored), ...outside]);
    const { repository } = this.#ports;
    const texts = this.#sealed(keys, values);
    await followUp(
      () => repository.put(texts, (stored) => refuse(check(stored))),
      () => this.#spread(),
    );
    this.#ports.log.info({ by, keys }, 'the configuration was changed');
    return keys;
  }

  /** What only the world outside can tell. */
  async #findOutsideFaults(before: Settings, after: Settings): Promise<string[]> {
    const faults: string[] = [];
    if (after.auth_mode !== before.auth_mode && (await this.#ports.countUsers()) > 0) {
      faults.push('auth_mode: cannot be changed once there are users beside the administrator');
    }
    const endpoint = after.audit_log_forward_endpoint;
    const isTurnedOn = after.skip_audit_log_database && !before.skip_audit_log_database;
    const isNew = endpoint !== before.audit_log_forward_endpoint;
    if (endpoint !== '' && (isNew || isTurnedOn)) {
      const fault = await this.#findEndpointFault(endpoint);
      if (fault !== undefined) faults.push(`audit_log_forward_endpoint: ${fault}`);
    }
    return faults;
  }

  #findEndpointFault(endpoint: string): Promise<string | undefined> {
    return this.#ports.checkAuditEndpoint(endpoint).then(
      () => undefined,
      (error: unknown) =>
        error instanceof AppError ? error.message : 'no syslog server answers there',
    );
  }

  #sealed(keys: readonly ConfigurationKey[], values: RawValues): Map<string, string | undefined> {
    const texts = new Map<string, string | undefined>();
    for (const key of keys) {
      const text = textOf(values[key]);
      if (!isSecretKey(key)) texts.set(key, text);
      else texts.set(key, text === '' ? undefined : this.#ports.secrets.seal(text, contextOf(key)));
    }
    return texts;
  }

  /** The change is made: what fails from here on must not look as if it were not. */
  async #spread(): Promise<void> {
    const tell = async () => this.#ports.publish?.();
    for (const outcome of await Promise.allSettled([this.refresh(), tell()])) {
      if (outcome.status === 'rejected') {
        this.#ports.log.error(
          { err: outcome.reason },
          'a change of the configuration spreads late',
        );
      }
    }
  }

  #now(): number {
    return this.#ports.now?.() ?? performance.now();
  }
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new AppError('invalid', faults.join('; '));
}

function contextOf(key: SecretKey): string {
  return `configuration:${key}`;
}

/** Stored settings with `changes` over them. */
function settingsOf(stored: StoredValues, changes: RawValues = {}): Settings {
  return parseSettings({ ...Object.fromEntries(stored), ...changes });
}

async function loadState({ repository, secrets, overwrite }: ConfigurationPorts): Promise<State> {
  const values: Partial<Record<ConfigurationKey, unknown>> = {};
  const broken: string[] = [];
  let cause: unknown;
  for (const [key, text] of await repository.list()) {
    // A later version may have stored more.
    if (!isConfigurationKey(key)) continue;
    try {
      values[key] = isSecretKey(key) ? secrets.open(text, contextOf(key)) : text;
    } catch (error) {
      cause = error;
      broken.push(key);
      continue;
    }
    if (!configurationShape[key].safeParse(values[key]).success) broken.push(key);
  }
  if (broken.length > 0) throw new StoredConfigurationError(broken, { cause });
  const merged = { ...values, ...overwrite?.values };
  return { settings: parseSettings(merged), secrets: parseSecrets(merged) };
}
