import { type FileHandle, open } from 'node:fs/promises';

/** `absent`, `present` (manifests, blobs) or a digest (tags). */
export type Value = string;
export const ABSENT = 'absent';
export const PRESENT = 'present';

/** One write to the registry, over all the names it changes. */
export interface Operation {
  /** Sent as the request's id. */
  readonly id: string;
  readonly fact: Fact;
  readonly start: number;
  /** After this it changes nothing any more; infinite while nobody knows how it ended. */
  end: number;
  isAcknowledged: boolean;
  isRefused: boolean;
  readonly histories: Set<History>;
}

type History = Entry[];

interface Entry {
  readonly operation: Operation;
  readonly value: Value;
  /** Takes effect only over this value: a manifest's delete takes those tags that point to it. */
  readonly onlyOver: Value | undefined;
  readonly isPossible: boolean;
}

export interface Fact {
  readonly op: string;
  readonly repository: string;
  readonly digest?: string;
  readonly size?: number;
  readonly tags?: readonly string[];
  /** What subscribers must be told of it, once it is acknowledged. */
  readonly event?: 'PUSH_ARTIFACT' | 'DELETE_ARTIFACT';
}

export interface Change {
  readonly name: string;
  readonly value: Value;
  readonly onlyOver?: Value;
  /** It may be left out though the operation is acknowledged. */
  readonly isPossible?: boolean;
}

/**
 * What was asked of a registry and what it acknowledged, by name (`tag r t`, `manifest r d`,
 * `blob r d`), with the order in which requests began and ended. From that it tells which values a
 * reader may see.
 */
export interface Ledger {
  /** Before the request is sent. */
  begin(fact: Fact, changes: readonly Change[]): Operation;
  /** Names that a request under way turns out to change too. */
  extend(operation: Operation, changes: readonly Change[]): void;
  /** Once the whole answer is here; resolves when the fact is on disk. */
  acknowledge(operation: Operation): Promise<void>;
  /** The registry refused: nothing has changed, or at most `left`. */
  withdraw(operation: Operation, left?: readonly Change[]): void;
  /** Whatever was under way has happened by now, or never will. */
  settle(): number;
  /** A point in time, to be taken before a read. */
  now(): number;
  /** Why nobody could have read `value` between `from` and now; undefined when that is right. */
  findFault(name: string, value: Value, from: number): string | undefined;
  /** From now on the name has this value, whatever was possible before. */
  observe(name: string, value: Value): void;
  names(): string[];
  /** Names written to since the last `settle`, and that nobody has observed since. */
  open(): string[];
  /** Values that a reader could see now. */
  possible(name: string): Set<Value>;
  /** Operations that have an event, in the order they began. */
  told(): readonly Operation[];
  readonly acknowledged: number;
  close(): Promise<void>;
}

/** Keeps acknowledged facts in `path`, one JSON line each, on disk before they count. */
export async function createLedger(path: string): Promise<Ledger> {
  const file = createFactFile(await open(path, 'a'));
  const histories = new Map<string, Entry[]>();
  const told: Operation[] = [];
  let unsettled = new Set<Operation>();
  let clock = 0;
  let acknowledged = 0;

  function historyOf(name: string): Entry[] {
    const known = histories.get(name) ?? [];
    histories.set(name, known);
    return known;
  }

  function finish(operation: Operation): void {
    clock += 1;
    operation.end = clock;
    unsettled.delete(operation);
  }

  function possibleEntries(name: string, from: number): Entry[] {
    const history = historyOf(name);
    const settled = history.filter(
      ({ operation }) => operation.isAcknowledged && operation.end <= from,
    );
    return history.filter((entry) => !settled.some((later) => supersedes(later, entry)));
  }

  function possible(name: string, from = clock): Set<Value> {
    const entries = possibleEntries(name, from);
    const values = new Set(entries.map((entry) => entry.value));
    // Before the first write there was nothing.
    const wasWritten = historyOf(name).some(
      ({ operation, onlyOver, isPossible }) =>
        onlyOver === undefined && !isPossible && operation.isAcknowledged && operation.end <= from,
    );
    if (!wasWritten) values.add(ABSENT);
    return values;
  }

  function extend(operation: Operation, changes: readonly Change[]): void {
    for (const { name, value, onlyOver, isPossible = false } of changes) {
      const history = historyOf(name);
      history.push({ operation, value, onlyOver, isPossible });
      operation.histories.add(history);
    }
  }

  return {
    extend,
    begin(fact, changes) {
      clock += 1;
      const operation = createOperation(fact, clock);
      extend(operation, changes);
      unsettled.add(operation);
      if (fact.event !== undefined) told.push(operation);
      return operation;
    },
    acknowledge(operation) {
      operation.isAcknowledged = true;
      finish(operation);
      acknowledged += 1;
      return file.append(operation);
    },
    withdraw(operation, left = []) {
      operation.isRefused = true;
      finish(operation);
      for (const history of operation.histories) {
        const kept = history.filter((entry) => entry.operation !== operation);
        history.splice(0, history.length, ...kept);
      }
      extend(
        operation,
        left.map((change) => ({ ...change, isPossible: true })),
      );
    },
    settle() {
      const settled = unsettled;
      unsettled = new Set();
      for (const operation of settled) finish(operation);
      return settled.size;
    },
    now: () => clock,
    findFault(name, value, from) {
      const values = possible(name, from);
      if (values.has(value)) return undefined;
      return `${name} is ${value}, but can only be ${[...values].join(' or ')}`;
    },
    observe(name, value) {
      clock += 1;
      const operation = createOperation({ op: 'observe', repository: '' }, clock);
      Object.assign(operation, { end: clock, isAcknowledged: true });
      histories.set(name, [{ operation, value, onlyOver: undefined, isPossible: false }]);
    },
    names: () => [...histories.keys()],
    open: () => [...histories].filter(([, entries]) => !isObserved(entries)).map(([name]) => name),
    possible: (name) => possible(name),
    told: () => told,
    get acknowledged() {
      return acknowledged;
    },
    close: () => file.close(),
  };
}

function createOperation(fact: Fact, start: number): Operation {
  return {
    id: `op-${start}`,
    fact,
    start,
    end: Number.POSITIVE_INFINITY,
    isAcknowledged: false,
    isRefused: false,
    histories: new Set(),
  };
}

function isObserved([first, ...rest]: readonly Entry[]): boolean {
  return first?.operation.fact.op === 'observe' && rest.length === 0;
}

function supersedes(later: Entry, entry: Entry): boolean {
  if (later === entry || later.isPossible || later.operation.start < entry.operation.end)
    return false;
  return later.onlyOver === undefined || later.onlyOver === entry.value;
}

/** Appends lines; those that come during an fsync share the next one. */
function createFactFile(handle: FileHandle) {
  let pending: string[] = [];
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function flush(previous: Promise<void> | undefined): Promise<void> {
    await previous;
    const lines = pending;
    pending = [];
    next = undefined;
    if (lines.length === 0) return;
    await handle.write(lines.join(''));
    await handle.datasync();
  }

  return {
    append({ fact, end }: Operation): Promise<void> {
      pending.push(`${JSON.stringify({ ...fact, t: end })}\n`);
      next ??= flush(running);
      running = next;
      return next;
    },
    async close() {
      await running;
      await handle.close();
    },
  };
}
