import type { HealthCheck } from '../http/index.ts';

export interface ComponentHealth {
  readonly name: string;
  /** Why it is not healthy; undefined when it is. */
  readonly error: string | undefined;
}

export interface HealthMonitor {
  /** Runs all checks; never rejects. To be called again and again, in the background. */
  poll(): Promise<void>;
  /** What the last poll found, by name. Starts no check; waits only for the first poll. */
  listComponents(): Promise<readonly ComponentHealth[]>;
}

export interface HealthMonitorOptions {
  /** Milliseconds that never go back; of the process unless told. */
  readonly now?: () => number;
  /** Milliseconds a check may take. */
  readonly deadlineMs?: number;
}

/**
 * Harbor's components, each with the checks that tell of it. Those without checks are parts of this
 * process, which works since it answers; `redis` stands for its caches.
 */
const componentChecks: Readonly<Record<string, readonly string[]>> = {
  core: [],
  database: ['database'],
  jobservice: ['jobs'],
  portal: [],
  redis: [],
  registry: ['storage'],
  registryctl: ['storage'],
};

/** How often compose is to call `poll`. */
export const POLL_EVERY_MS = 10_000;
/** Polls that have ended without a word must not look like health. */
const MAX_AGE_MS = 60_000;

/** Harbor's component health (its §1.1), polled, so that callers of `/health` cost nothing. */
export function createHealthMonitor(
  checks: readonly HealthCheck[],
  options: HealthMonitorOptions = {},
): HealthMonitor {
  return new Monitor(checks, options);
}

class Monitor implements HealthMonitor {
  readonly #checks: readonly HealthCheck[];
  readonly #components: readonly (readonly [name: string, checks: readonly string[]])[];
  readonly #now: () => number;
  readonly #deadlineMs: number;
  readonly #first = Promise.withResolvers<void>();
  /** Checks that hang are not started once more. */
  readonly #running = new Map<string, Promise<boolean>>();
  #passed: ReadonlyMap<string, boolean> = new Map();
  #polledAt = 0;

  constructor(checks: readonly HealthCheck[], options: HealthMonitorOptions) {
    this.#checks = checks;
    this.#now = options.now ?? (() => performance.now());
    this.#deadlineMs = options.deadlineMs ?? 5_000;
    const mapped = new Set(Object.values(componentChecks).flat());
    const others = checks.filter(({ name }) => !mapped.has(name));
    this.#components = [
      ...Object.entries(componentChecks),
      ...others.map(({ name }) => [name, [name]] as const),
    ].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  async poll(): Promise<void> {
    const outcomes = await Promise.all(
      this.#checks.map(async (check) => [check.name, await this.#run(check)] as const),
    );
    this.#passed = new Map(outcomes);
    this.#polledAt = this.#now();
    this.#first.resolve();
  }

  async listComponents(): Promise<readonly ComponentHealth[]> {
    await this.#first.promise;
    const isOld = this.#now() - this.#polledAt > MAX_AGE_MS;
    return this.#components.map(([name, checks]) => {
      const known = checks.filter((check) => this.#passed.has(check));
      if (isOld && known.length > 0) return { name, error: 'not checked for a minute' };
      // The check's own words are for the log: everyone may read these.
      const isFailing = known.some((check) => this.#passed.get(check) === false);
      return { name, error: isFailing ? 'the check failed' : undefined };
    });
  }

  async #run(check: HealthCheck): Promise<boolean> {
    const running = this.#running.get(check.name) ?? this.#start(check);
    const deadline = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => deadline.resolve(false), this.#deadlineMs);
    try {
      return await Promise.race([running, deadline.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #start({ name, check }: HealthCheck): Promise<boolean> {
    const run = async () => check();
    const running = run()
      .then(
        () => true,
        () => false,
      )
      .finally(() => this.#running.delete(name));
    this.#running.set(name, running);
    return running;
  }
}
