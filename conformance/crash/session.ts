import { type Answer, type Call, type Caller, createCaller } from './http.ts';
import type { Change, Fact, Ledger, Operation } from './ledger.ts';

export type Trouble = 'none' | 'database' | 'server';

/** One life of the server as its clients see it. */
export interface Session {
  readonly caller: Caller;
  readonly ledger: Ledger;
  /** What must not happen: wrong reads, wrong statuses. */
  readonly violations: string[];
  /** What may be dead: without `server` connections break, without `database` 503 is the answer. */
  readonly trouble: () => Trouble;
  readonly signal: AbortSignal;
  /** Requests that ended without an answer, or with one that leaves the outcome open. */
  readonly doubts: { count: number };
  /** Requests that were denied, as those are which do not fit a quota. */
  readonly denials: { count: number };
}

/** A client of the server's present life, in which nothing may fail unless told. */
export function openSession(
  url: string,
  ledger: Ledger,
  options: { signal?: AbortSignal; trouble?: () => Trouble } = {},
): Session {
  return {
    caller: createCaller(url),
    ledger,
    violations: [],
    doubts: { count: 0 },
    denials: { count: 0 },
    trouble: options.trouble ?? (() => 'none'),
    signal: options.signal ?? new AbortController().signal,
  };
}

/** A request came to no clear end; its worker goes on with something else, or ends. */
export class Doubt extends Error {
  override readonly name = 'Doubt';
}

export interface Write {
  readonly fact: Fact;
  readonly changes: readonly Change[];
  readonly method: string;
  readonly path: string;
  readonly call?: Call;
  readonly success: number;
  /** Statuses that mean "refused, nothing changed". */
  readonly refusals: readonly number[];
  /** What may have changed nevertheless. */
  readonly leaves?: readonly Change[];
  /** While the request runs, for those that others must know of. */
  readonly onBegin?: (operation: Operation) => void;
  /** With the answer that is one of the refusals. */
  readonly onRefused?: (answer: Answer) => void;
  readonly onEnd?: () => void;
}

/**
 * Sends a write and records how it ended.
 *
 * @returns the answer when the registry took it, undefined when it refused
 * @throws Doubt
 */
export async function write(session: Session, wanted: Write): Promise<Answer | undefined> {
  const { ledger } = session;
  const operation = ledger.begin(wanted.fact, wanted.changes);
  wanted.onBegin?.(operation);
  try {
    const headers = { ...wanted.call?.headers, 'x-request-id': operation.id };
    const answer = await ask(session, wanted.method, wanted.path, { ...wanted.call, headers });
    if (answer.status === wanted.success) {
      await ledger.acknowledge(operation);
      return answer;
    }
    ledger.withdraw(operation, wanted.leaves);
    if (wanted.refusals.includes(answer.status)) wanted.onRefused?.(answer);
    else complain(session, wanted, answer);
    return undefined;
  } finally {
    wanted.onEnd?.();
  }
}

/** Sends a request. @throws Doubt when the connection broke or the answer is a 5xx or 408 */
export async function ask(
  session: Session,
  method: string,
  path: string,
  call?: Call,
): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await session.caller.call(method, path, call);
  } catch (error) {
    session.doubts.count += 1;
    if (session.trouble() !== 'server')
      session.violations.push(`${method} ${path}: ${String(error)}`);
    throw new Doubt('no answer', { cause: error });
  }
  if (answer.status === 403) session.denials.count += 1;
  if (answer.status < 500 && answer.status !== 408) return answer;
  session.doubts.count += 1;
  if (session.trouble() === 'none' || answer.status !== 503) {
    complain(session, { method, path }, answer);
  }
  throw new Doubt(`status ${answer.status}`);
}

export function complain(
  session: Session,
  { method, path }: { method: string; path: string },
  answer: Answer,
): void {
  const text = answer.body.subarray(0, 300).toString();
  session.violations.push(`${method} ${path} was answered ${answer.status}: ${text}`);
}
