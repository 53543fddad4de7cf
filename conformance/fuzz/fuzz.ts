import { createRandom, type Random } from '../crash/random.ts';
import { isRecord, type Operation } from './document.ts';
import { createJudge } from './judge.ts';
import { type CallerKind, drawRequest, type FuzzRequest } from './request.ts';
import { changedKeys, isGuess, isSelfDestructive } from './restraint.ts';
import { createSender, type FuzzAnswer } from './send.ts';
import { basicOf, type Credentials, createCall, ensureWorld, readOperations } from './world.ts';

export interface FuzzOptions {
  readonly url: string;
  readonly administrator: Credentials;
  readonly cases: number;
  /** The same seed on the same registry draws the same requests. */
  readonly seed: string;
  /** Only operations whose path matches; all unless told. */
  readonly only?: RegExp | undefined;
}

/** Something that must not be, with all that is needed to see it again. */
export interface Violation {
  readonly case: number;
  readonly operation: string;
  readonly caller: CallerKind;
  readonly fault: string;
  readonly request: string;
}

export interface FuzzReport {
  readonly cases: number;
  readonly operations: number;
  readonly statuses: ReadonlyMap<number, number>;
  /** Operations of which no request succeeded: there the fuzzer only knocked. */
  readonly neverSucceeded: readonly string[];
  readonly slowestMs: number;
  /** Long bodies that the registry refused, and hung up on, before they were all sent. */
  readonly cutOff: number;
  readonly violations: readonly Violation[];
}

const ENSURE_EVERY = 100;
const MAX_GUESSES = 60;

/**
 * Sends requests drawn from the registry's own OpenAPI document, as the administrator, a user,
 * nobody, and with broken credentials, and judges every answer. Leaves the registry usable.
 *
 * @throws Error when the registry cannot be prepared, or is not well afterwards
 */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const sender = createSender(options.url);
  try {
    return await new Run(options, sender).run();
  } finally {
    sender.close();
  }
}

class Run {
  readonly #options: FuzzOptions;
  readonly #sender: ReturnType<typeof createSender>;
  readonly #call: ReturnType<typeof createCall>;
  readonly #judge = createJudge();
  readonly #violations: Violation[] = [];
  readonly #statuses = new Map<number, number>();
  readonly #succeeded = new Set<string>();
  #guesses = 0;
  #cutOff = 0;
  #slowestMs = 0;

  constructor(options: FuzzOptions, sender: ReturnType<typeof createSender>) {
    this.#options = options;
    this.#sender = sender;
    this.#call = createCall(sender.send, options.administrator);
  }

  async run(): Promise<FuzzReport> {
    const { cases, seed, only = /^/ } = this.#options;
    const all = await readOperations(this.#call);
    const operations = all.filter(({ path }) => only.test(path));
    let world = await this.#ensure();
    const configuration = await this.#readConfiguration();
    for (let index = 0; index < cases; index += 1) {
      if (index > 0 && index % ENSURE_EVERY === 0) world = await this.#ensure();
      const random = createRandom(`${seed}/${index}`);
      const request = this.#draw(operations, index, random, world);
      await this.#try(index, request, basicOf(world.user));
      if (request.operation.id === 'updateConfigurations') {
        await this.#restore(configuration, changedKeys(request));
      }
    }
    await this.#checkHealth();
    return {
      cases,
      operations: operations.length,
      slowestMs: this.#slowestMs,
      cutOff: this.#cutOff,
      statuses: new Map([...this.#statuses].toSorted(([one], [other]) => one - other)),
      neverSucceeded: operations.map(({ id }) => id).filter((id) => !this.#succeeded.has(id)),
      violations: this.#violations,
    };
  }

  #ensure(): ReturnType<typeof ensureWorld> {
    return ensureWorld(this.#call, this.#options.url, this.#options.administrator);
  }

  /** Every operation in turn, so that none is left out; another draw where one would do harm. */
  #draw(
    operations: readonly Operation[],
    index: number,
    random: Random,
    world: Awaited<ReturnType<typeof ensureWorld>>,
  ): FuzzRequest {
    for (let step = 0; ; step += 1) {
      const operation = operations[(index + Math.floor(step / 20)) % operations.length];
      if (operation === undefined) throw new Error('the document has no operations');
      const request = drawRequest(operation, drawCaller(random), { random, hints: world.hints });
      if (isSelfDestructive(request, world)) continue;
      if (!isGuess(request)) return request;
      if (this.#guesses >= MAX_GUESSES) continue;
      this.#guesses += 1;
      return request;
    }
  }

  async #try(index: number, request: FuzzRequest, user: string): Promise<void> {
    const { operation, caller } = request;
    const headers = { ...request.headers, ...authorizationOf(caller, index, this.#options, user) };
    const sent = { ...request, headers, method: operation.method };
    const blame = (fault: string) =>
      this.#violations.push({
        case: index,
        operation: operation.id,
        caller,
        fault,
        request: describe(request),
      });
    let answer: FuzzAnswer;
    try {
      answer = await this.#sender.send(sent);
    } catch (error) {
      if (isCutOff(error, request.body)) {
        this.#cutOff += 1;
        return;
      }
      blame(`no answer: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const { status, milliseconds } = answer;
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    this.#slowestMs = Math.max(this.#slowestMs, milliseconds);
    if (status < 400) this.#succeeded.add(operation.id);
    for (const fault of this.#judge.judge(request, answer)) blame(fault);
  }

  async #readConfiguration(): Promise<ReadonlyMap<string, unknown>> {
    const { body } = await this.#call('GET', '/configurations');
    const items: unknown = JSON.parse(body.toString());
    return new Map(
      Object.entries(isRecord(items) ? items : {}).map(([key, item]) => [
        key,
        isRecord(item) ? item['value'] : undefined,
      ]),
    );
  }

  async #restore(before: ReadonlyMap<string, unknown>, keys: readonly string[]): Promise<void> {
    // One by one: what cannot be put back (an address once given cannot be empty) harms nothing.
    for (const key of keys) {
      const value = before.get(key);
      if (value !== undefined) await this.#call('PUT', '/configurations', { [key]: value });
    }
  }

  async #checkHealth(): Promise<void> {
    for (const target of ['/ping', '/users/current', '/projects']) {
      const { status, body } = await this.#call('GET', target);
      if (status !== 200) throw new Error(`afterwards GET ${target}: ${status} ${body.toString()}`);
    }
    await this.#ensure();
  }
}

const LONG_BODY_BYTES = 16 * 1024;

/** Who is still sending when the other side hangs up may never read why (RFC 9112 §9.6). */
function isCutOff(error: unknown, body: Buffer | undefined): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isHangUp = code === 'EPIPE' || code === 'ECONNRESET';
  return isHangUp && body !== undefined && body.length > LONG_BODY_BYTES;
}

function drawCaller(random: Random): CallerKind {
  const luck = random.fraction();
  if (luck < 0.55) return 'administrator';
  if (luck < 0.8) return 'user';
  return luck < 0.98 ? 'anonymous' : 'odd';
}

const odd = [
  'Basic',
  'Basic !!!',
  'Basic Z2hvc3Q=',
  'Bearer x.y.z',
  'Digest a',
  '\u00ff',
  'Basic Og==',
];

function authorizationOf(
  caller: CallerKind,
  index: number,
  { administrator }: FuzzOptions,
  user: string,
): Record<string, string> {
  switch (caller) {
    case 'administrator':
      return { authorization: basicOf(administrator) };
    case 'user':
      return { authorization: user };
    case 'anonymous':
      return {};
    case 'odd':
      return { authorization: odd[index % odd.length] ?? '' };
  }
}

const SHOWN = 600;

function describe({ operation, target, headers, body }: FuzzRequest): string {
  const shown =
    body === undefined ? '' : ` ${JSON.stringify(body.toString('utf8').slice(0, SHOWN))}`;
  const path = target.length > SHOWN ? `${target.slice(0, SHOWN)}…` : target;
  return `${operation.method} ${path} ${JSON.stringify(headers).slice(0, SHOWN)}${shown}`;
}
