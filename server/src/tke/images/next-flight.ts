interface Flight<T> {
  /** `performance.now()` */
  readonly began: number;
  readonly running: Promise<T>;
  next: Promise<T> | undefined;
}

/**
 * Does work of one key once at a time, for all who wait. Nobody gets an answer that is older than
 * its own call, unless it may be: who comes while the work runs waits for the next run, with all who come meanwhile.
 */
export class NextFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** @param maxAgeMs how much older than its own call an answer may be */
  run(key: string, work: () => Promise<T>, maxAgeMs = 0): Promise<T> {
    const flight = this.#flights.get(key);
    if (flight === undefined) return this.#start(key, work);
    if (performance.now() - flight.began < maxAgeMs) return flight.running;
    const again = () => this.#start(key, work);
    flight.next ??= flight.running.then(again, again);
    return flight.next;
  }

  #start(key: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const flight: Flight<T> = { began, running: work(), next: undefined };
    this.#flights.set(key, flight);
    const land = () => {
      if (flight.next === undefined) this.#flights.delete(key);
    };
    flight.running.then(land, land);
    return flight.running;
  }
}
