import { ADMIN_PASSWORD, basicHeader } from '../../server/test/registry.ts';
import { createRandom, type Random } from '../crash/random.ts';
import { type TkeWorld, USER_PASSWORD } from '../tke/world.ts';
import { createSender, type FuzzAnswer } from './send.ts';
import { drawCharts } from './tke-charts.ts';
import { drawImages, drawToken } from './tke-data-plane.ts';
import { judgeTke } from './tke-judge.ts';
import { drawKube } from './tke-kube.ts';
import { drawGateway, drawKeys } from './tke-people.ts';
import {
  type Drawn,
  type DrawOptions,
  pickFrom,
  type TkeCallerKind,
  type TkeHints,
  type TkePart,
  type TkeRequest,
} from './tke-request.ts';
import { hosts } from './tke-values.ts';
import { FuzzedTenants, fetchToken } from './tke-world.ts';

export interface TkeFuzzOptions {
  readonly world: TkeWorld;
  readonly cases: number;
  /** The same seed on the same registry draws the same requests. */
  readonly seed: string;
  /** Only this case of the seed. */
  readonly only?: number | undefined;
}

export interface TkeFuzzReport {
  /** By part and status: `kube 200`. */
  readonly statuses: ReadonlyMap<string, number>;
  /** Long bodies that were refused before they were all sent. */
  readonly cutOff: number;
  readonly slowestMs: number;
  /** A line each, with the case and the request. */
  readonly violations: readonly string[];
}

const ENSURE_EVERY = 250;
const WORKERS = 4;
/** Of four requests two are sensible, one is nearly so, and one as bad as can be. */
const WILDNESS = [0, 0, 0.25, 0.7] as const;
const LONG_BODY_BYTES = 16 * 1024;
const SHOWN = 500;

const draws: readonly (readonly [weight: number, draw: (options: DrawOptions) => Drawn])[] = [
  [0.45, drawKube],
  [0.7, drawImages],
  [0.88, drawCharts],
  [0.94, drawToken],
  [0.98, drawKeys],
  [1, drawGateway],
];

/**
 * Sends requests that nobody sane sends to all parts of the TKE view, as all kinds of callers and
 * at all kinds of hosts, and judges every answer. Leaves the registry usable.
 *
 * @throws Error when the registry cannot be prepared, or is not well afterwards
 */
export async function runTkeFuzz(options: TkeFuzzOptions): Promise<TkeFuzzReport> {
  // What asks an existing Harbor waits for it, as long as that may take.
  const deadlineMs = options.world.harbor === undefined ? 10_000 : 30_000;
  const sender = createSender(options.world.url, { deadlineMs });
  try {
    return await new Run(options, sender).run();
  } finally {
    sender.close();
  }
}

class Run {
  readonly #options: TkeFuzzOptions;
  readonly #sender: ReturnType<typeof createSender>;
  readonly #statuses = new Map<string, number>();
  readonly #violations: string[] = [];
  readonly #internal: readonly string[];
  #cutOff = 0;
  #slowestMs = 0;
  #token = '';

  constructor(options: TkeFuzzOptions, sender: ReturnType<typeof createSender>) {
    this.#options = options;
    this.#sender = sender;
    const { harbor } = options.world;
    this.#internal = [
      'default-image-',
      'alpha-image-',
      'default-chart-',
      'alpha-chart-',
      ...(harbor === undefined ? [] : [harbor.url, harbor.direct].map((url) => new URL(url).host)),
    ];
  }

  async run(): Promise<TkeFuzzReport> {
    const { world, cases, only } = this.#options;
    const tenants = await FuzzedTenants.open(world);
    let hints = await tenants.ensure();
    this.#token = await fetchToken(world);
    const numbers =
      only === undefined ? Array.from({ length: cases }, (_, index) => index) : [only];
    for (let begin = 0; begin < numbers.length; begin += ENSURE_EVERY) {
      if (begin > 0) hints = await tenants.ensure();
      await this.#tryAll(numbers.slice(begin, begin + ENSURE_EVERY), hints);
    }
    await tenants.ensure();
    return {
      statuses: new Map([...this.#statuses].toSorted(([one], [other]) => (one < other ? -1 : 1))),
      cutOff: this.#cutOff,
      slowestMs: this.#slowestMs,
      violations: this.#violations,
    };
  }

  async #tryAll(numbers: readonly number[], hints: TkeHints): Promise<void> {
    const left = [...numbers];
    const work = async () => {
      for (let number = left.shift(); number !== undefined; number = left.shift()) {
        await this.#try(number, this.#draw(number, hints));
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
  }

  #draw(number: number, hints: TkeHints): TkeRequest {
    const random = createRandom(`${this.#options.seed}/${number}`);
    const wildness = random.pick(WILDNESS) ?? 0;
    const options: DrawOptions = { random, hints, wildness };
    const luck = random.fraction();
    const draw = draws.find(([weight]) => luck < weight)?.[1] ?? drawKube;
    const drawn = draw(options);
    const chosen = drawCaller(random);
    // Who may take finalizers away leaves what is behind an object to nobody.
    const isFinal = drawn.method !== 'GET' && drawn.target.includes('/finalize');
    const caller = isFinal && chosen === 'privileged' ? 'admin' : chosen;
    return {
      ...drawn,
      caller,
      headers: {
        host: pickFrom<string>({ random, wildness: wildness / 2 }, hosts.good, hosts.bad),
        ...this.#authorizationOf(caller, number),
        ...drawn.headers,
      },
    };
  }

  #authorizationOf(caller: TkeCallerKind, number: number): Record<string, string> {
    switch (caller) {
      case 'privileged':
        return { authorization: basicHeader('admin', ADMIN_PASSWORD) };
      case 'admin':
        return { authorization: basicHeader('fuzz-admin', USER_PASSWORD) };
      case 'viewer':
        return { authorization: basicHeader('fuzz-viewer', USER_PASSWORD) };
      case 'token':
        return { authorization: `Bearer ${this.#token}` };
      case 'anonymous':
        return {};
      case 'odd':
        return { authorization: odd[number % odd.length] ?? '' };
    }
  }

  async #try(number: number, request: TkeRequest): Promise<void> {
    const blame = (fault: string) =>
      this.#violations.push(`case ${number}: ${fault}\n  ${describe(request)}`);
    let answer: FuzzAnswer;
    try {
      answer = await this.#sender.send(request);
    } catch (error) {
      if (isCutOff(error, request.body)) this.#cutOff += 1;
      else blame(`no answer: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const key = `${request.part} ${answer.status}`;
    this.#statuses.set(key, (this.#statuses.get(key) ?? 0) + 1);
    this.#slowestMs = Math.max(this.#slowestMs, answer.milliseconds);
    for (const fault of judgeTke(request, answer, this.#internal)) blame(fault);
  }
}

/** Who is still sending when the other side hangs up may never read why (RFC 9112 §9.6). */
function isCutOff(error: unknown, body: Buffer | undefined): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isHangUp = code === 'EPIPE' || code === 'ECONNRESET';
  return isHangUp && body !== undefined && body.length > LONG_BODY_BYTES;
}

function drawCaller(random: Random): TkeCallerKind {
  const luck = random.fraction();
  if (luck < 0.6) return 'privileged';
  if (luck < 0.75) return 'admin';
  if (luck < 0.82) return 'viewer';
  if (luck < 0.91) return 'token';
  return luck < 0.97 ? 'anonymous' : 'odd';
}

/** Broken in a way that is no guess of a password. */
const odd = [
  'Basic',
  'Basic !!!',
  'Basic Z2hvc3Q=',
  'Bearer',
  'Bearer x.y.z',
  'Bearer brt_1_x',
  'Digest a',
  '\u00ff',
  `Bearer ${'a'.repeat(5_000)}`,
];

function describe({ caller, method, target, headers, body }: TkeRequest): string {
  const shown =
    body === undefined ? '' : ` ${JSON.stringify(body.toString('latin1').slice(0, SHOWN))}`;
  return `${caller}: ${method} ${target.slice(0, SHOWN)} ${JSON.stringify({ ...headers, authorization: '' }).slice(0, SHOWN)}${shown}`;
}

/** Of a report, how often a part answered with less than 300, and with 400 or more. */
export function countOf(report: TkeFuzzReport, part: TkePart): { done: number; refused: number } {
  let done = 0;
  let refused = 0;
  for (const [key, count] of report.statuses) {
    const [of, status] = key.split(' ');
    if (of !== part) continue;
    if (Number(status) < 300) done += count;
    else refused += count;
  }
  return { done, refused };
}
