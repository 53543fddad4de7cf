import { isUnavailable } from '../db/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import { isNamedIn, PULL_EVENT } from './audit.events.ts';
import type { AuditRepository } from './audit.repository.ts';
import { type AuditEntry, type AuditRecord, cleanEntry } from './audit-entry.ts';

export interface AuditTrail {
  /**
   * Resolves when the entry is durable, written together with others that wait. Never rejects:
   * what was done is done, and an entry that cannot be written goes to the program's own log.
   */
  record(entry: AuditEntry): Promise<void>;
  /**
   * For what happens thousands of times a second (pulls): never waits. Written within a second or
   * so; when more than 10,000 wait, the oldest are dropped and counted.
   */
  note(entry: AuditEntry): void;
  /** Resolves when all that was taken before is written. For the stop of the program. */
  flush(): Promise<void>;
}

/** What administrators set; read anew for each batch. */
export interface AuditSettings {
  readonly disabledEventTypes: readonly string[];
  readonly pullDisabled: boolean;
  /** See `parseSyslogEndpoint`; empty is none. */
  readonly forwardEndpoint: string;
  /** Only forward. Without an endpoint it counts for nothing. */
  readonly skipDatabase: boolean;
}

export interface AuditTrailPorts {
  readonly rows: Pick<AuditRepository, 'insert'>;
  settings(): Promise<AuditSettings>;
  /** Takes the records over at once; must not throw. */
  forward(records: readonly AuditRecord[], endpoint: string): void;
  readonly log: Log;
  readonly metrics: Metrics;
}

const MAX_NOTES = 10_000;
const MAX_BATCH = 500;
const NOTE_DELAY_MS = 500;

export function createAuditTrail(ports: AuditTrailPorts): AuditTrail {
  return new BatchingTrail(ports);
}

interface Waiting {
  readonly record: AuditRecord;
  readonly resolve: () => void;
}

const DEFAULTS: AuditSettings = {
  disabledEventTypes: [],
  pullDisabled: false,
  forwardEndpoint: '',
  skipDatabase: false,
};

class BatchingTrail implements AuditTrail {
  readonly #ports: AuditTrailPorts;
  readonly #dropped: { value: number };
  #waiting: Waiting[] = [];
  #notes: AuditRecord[] = [];
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The last that could be read: better than none when the database is away. */
  #settings = DEFAULTS;

  constructor(ports: AuditTrailPorts) {
    this.#ports = ports;
    this.#dropped = ports.metrics.counter(
      'berth_audit_entries_dropped_total',
      'Entries of the audit log about pulls that were lost to a slow or absent database',
    );
  }

  record(entry: AuditEntry): Promise<void> {
    const record = cleanEntry(entry, new Date());
    return new Promise((resolve) => {
      this.#waiting.push({ record, resolve });
      void this.#write();
    });
  }

  note(entry: AuditEntry): void {
    if (this.#notes.length >= MAX_NOTES) {
      this.#notes.shift();
      this.#dropped.value += 1;
    }
    this.#notes.push(cleanEntry(entry, new Date()));
    if (this.#notes.length >= MAX_BATCH) void this.#write();
    else this.#timer ??= setTimeout(() => void this.#write(), NOTE_DELAY_MS).unref();
  }

  flush(): Promise<void> {
    return this.#write();
  }

  /** One writer at a time: what comes meanwhile is its next batch. */
  #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#drain();
    return this.#writing;
  }

  async #drain(): Promise<void> {
    // Those who came in the same turn share the first batch.
    await Promise.resolve();
    while (this.#waiting.length + this.#notes.length > 0) {
      const waiting = this.#waiting.splice(0, MAX_BATCH);
      const notes = this.#notes.splice(0, MAX_BATCH - waiting.length);
      const records = waiting.map(({ record }) => record);
      try {
        await this.#store(records, notes);
      } catch (error) {
        this.#report(error, records, notes.length);
      }
      for (const { resolve } of waiting) resolve();
    }
    // In the same turn as the last look at the queues: an entry in between would wait for ever.
    this.#writing = undefined;
  }

  async #store(records: readonly AuditRecord[], notes: readonly AuditRecord[]): Promise<void> {
    const settings = await this.#readSettings();
    const muted = new Set(settings.disabledEventTypes);
    if (settings.pullDisabled) muted.add(PULL_EVENT);
    const isWanted = (record: AuditRecord) => !isNamedIn(muted, record);
    const wanted = records.filter(isWanted);
    const wantedNotes = notes.filter(isWanted);
    const { forwardEndpoint, skipDatabase } = settings;
    // Also the empty endpoint is told: it ends the connection to the last one.
    this.#ports.forward([...wanted, ...wantedNotes], forwardEndpoint);
    if (skipDatabase && forwardEndpoint !== '') return;
    await this.#insert(wanted, wantedNotes);
  }

  async #readSettings(): Promise<AuditSettings> {
    try {
      this.#settings = await this.#ports.settings();
    } catch (error) {
      this.#ports.log.warn({ err: error }, 'the settings of the audit log could not be read');
    }
    return this.#settings;
  }

  async #insert(records: readonly AuditRecord[], notes: readonly AuditRecord[]): Promise<void> {
    const all = [...records, ...notes];
    if (all.length === 0) return;
    try {
      await this.#ports.rows.insert(all);
    } catch (error) {
      if (isUnavailable(error)) this.#report(error, records, notes.length);
      else await this.#insertSingly(records, notes);
    }
  }

  /** One of them is to blame; the others must not be lost with it. */
  async #insertSingly(
    records: readonly AuditRecord[],
    notes: readonly AuditRecord[],
  ): Promise<void> {
    for (const record of [...records, ...notes]) {
      try {
        await this.#ports.rows.insert([record]);
      } catch (error) {
        this.#report(error, [record], 0);
      }
    }
  }

  #report(error: unknown, records: readonly AuditRecord[], notes: number): void {
    const { log } = this.#ports;
    for (const entry of records) {
      log.error({ err: error, entry }, 'an entry of the audit log could not be written');
    }
    if (notes === 0) return;
    this.#dropped.value += notes;
    log.error({ err: error, count: notes }, 'entries of the audit log were lost');
  }
}
