interface Flight<T> {
  readonly running: Promise<T>;
  next: Promise<T> | undefined;
}

/**
 * Does work of one key once at a time, for all who wait. Nobody gets an answer that is older than
 * its own call: who comes while the work runs waits for the next run, with all who come meanwhile.
 */
export class NextFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  run(key: string, work: () => Promise<T>): Promise<T> {
    const flight = this.#flights.get(key);
    if (flight === undefined) return this.#start(key, work);
    const again = () => this.#start(key, work);
    flight.next ??= flight.running.then(again, again);
    return flight.next;
  }

  #start(key: string, work: () => Promise<T>): Promise<T> {
    const flight: Flight<T> = { running: work(), next: undefined };
    this.#flights.set(key, flight);
    const land = () => {
      if (flight.next === undefined) this.#flights.delete(key);
    };
    flight.running.then(land, land);
    return flight.running;
  }
}
