import type { Log } from '../telemetry/index.ts';
import { PullCounts } from './pull-counts.ts';
import type { PullStatsRepository } from './pull-stats.repository.ts';

/** A manifest that was pulled; the repository by its whole name. */
export interface PulledManifest {
  readonly repository: string;
  readonly digest: string;
  /** The tag that it was asked for by. */
  readonly tag?: string | undefined;
  /** Now, unless told. */
  readonly at?: Date | undefined;
}

export interface PullRecorder {
  /** Cheap enough for every pull: no I/O. */
  pulled(pull: PulledManifest): void;
  /** Writes what was noted so far. Never rejects: what cannot be written is kept for the next. */
  flush(): Promise<void>;
}

export interface PullRecorderPorts {
  readonly rows: PullStatsRepository;
  /** As configured at the moment. */
  settings(): PullSettings;
  readonly log: Log;
}

/** Of the system configuration. */
export interface PullSettings {
  readonly pull_time_update_disable: boolean;
  readonly pull_count_update_disable: boolean;
}

const FLUSH_MS = 10_000;
const MAX_KEYS = 20_000;

/**
 * Notes when artifacts and tags were pulled last, and how often repositories were, and writes it
 * every ten seconds: a registry that is pulled from thousands of times a second must not write
 * thousands of rows. A crash loses what was not written yet.
 */
export function createPullRecorder(ports: PullRecorderPorts): PullRecorder {
  return new Recorder(ports);
}

class Recorder implements PullRecorder {
  readonly #ports: PullRecorderPorts;
  #counts = new PullCounts(MAX_KEYS);
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  /** The last flush failed: the next one waits for its time, however full the memory is. */
  #isFailing = false;
  #lost = 0;

  constructor(ports: PullRecorderPorts) {
    this.#ports = ports;
  }

  pulled({ repository, digest, tag, at }: PulledManifest): void {
    const settings = this.#ports.settings();
    const keepsTimes = !settings.pull_time_update_disable;
    const keepsCounts = !settings.pull_count_update_disable;
    if (!keepsTimes && !keepsCounts) return;
    if (this.#counts.isFull && this.#flushing === undefined && !this.#isFailing) void this.flush();
    const counts = this.#counts;
    let isNoted = !keepsCounts || counts.addPulls(repository, 1);
    if (keepsTimes) {
      const time = at?.getTime() ?? Date.now();
      isNoted = counts.putArtifact({ repository, digest, at: time }) && isNoted;
      if (tag !== undefined) {
        isNoted = counts.putTag({ repository, digest, tag, at: time }) && isNoted;
      }
    }
    if (!isNoted) this.#lost += 1;
    this.#arm();
  }

  async flush(): Promise<void> {
    // One after the other: what failed must be back before the next one looks.
    while (this.#flushing !== undefined) await this.#flushing;
    this.#flushing = this.#write();
    await this.#flushing;
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ended = this.#counts;
    this.#counts = new PullCounts(MAX_KEYS);
    const { rows } = this.#ports;
    const results = [
      await this.#try(
        ended.listArtifacts(),
        (pulls) => rows.putArtifactPulls(pulls),
        (pull) => this.#counts.putArtifact(pull),
      ),
      await this.#try(
        ended.listTags(),
        (pulls) => rows.putTagPulls(pulls),
        (pull) => this.#counts.putTag(pull),
      ),
      await this.#try(
        ended.listRepositories(),
        (pulls) => rows.addRepositoryPulls(pulls),
        ({ repository, pulls }) => this.#counts.addPulls(repository, pulls),
      ),
    ];
    this.#isFailing = results.includes(false);
    this.#flushing = undefined;
    if (!this.#counts.isEmpty) this.#arm();
    this.#tellLosses();
  }

  /** Writes the items, or takes each back; false when it failed. */
  async #try<T>(
    items: readonly T[],
    write: (items: readonly T[]) => Promise<void>,
    takeBack: (item: T) => boolean,
  ): Promise<boolean> {
    if (items.length === 0) return true;
    try {
      await write(items);
      return true;
    } catch (error) {
      this.#ports.log.warn({ err: error }, 'pulls could not be written; they are kept');
      for (const item of items) if (!takeBack(item)) this.#lost += 1;
      return false;
    }
  }

  #tellLosses(): void {
    if (this.#lost === 0) return;
    this.#ports.log.warn({ lost: this.#lost }, 'pulls were not noted: too many to keep');
    this.#lost = 0;
  }
}
