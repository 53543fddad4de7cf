import type { Random } from '../crash/random.ts';

/** Whose credentials a request carries; `odd` are broken ones, `token` is one of `/service/token`. */
export type TkeCallerKind = 'privileged' | 'admin' | 'viewer' | 'anonymous' | 'token' | 'odd';

/** Which part of the TKE view a request is for: each has its own shape of refusals. */
export type TkePart = 'kube' | 'keys' | 'gateway' | 'images' | 'token' | 'charts';

export interface TkeRequest {
  readonly part: TkePart;
  readonly caller: TkeCallerKind;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/** What is there, so that some requests reach something. */
export interface TkeHints {
  /** `metadata.name` by resource, of every tenant. */
  readonly objects: ReadonlyMap<string, readonly { name: string; namespace: string }[]>;
  /** Whole objects by resource, as the API shows them. */
  readonly documents: ReadonlyMap<string, readonly object[]>;
  readonly keys: readonly string[];
  readonly continues: readonly string[];
  readonly digests: readonly string[];
  readonly archives: readonly Buffer[];
  readonly provenance: Buffer;
}

export interface DrawOptions {
  readonly random: Random;
  readonly hints: TkeHints;
  /** How likely each part of a request is wrong; 0 gives a sensible one. */
  readonly wildness: number;
}

/** What a part draws; host, caller and the rest are the same for all. */
export type Drawn = Pick<TkeRequest, 'part' | 'method' | 'target' | 'body'> & {
  readonly headers?: Readonly<Record<string, string>>;
};

/** One of the sensible items, or, as wildness has it, of the hostile ones. */
export function pickFrom<T>(
  { random, wildness }: Pick<DrawOptions, 'random' | 'wildness'>,
  sensible: readonly T[],
  hostile: readonly T[],
): T {
  const chosen = random.pick(random.chance(wildness) ? hostile : sensible);
  const [first] = [...sensible, ...hostile];
  const item = chosen ?? first;
  if (item === undefined) throw new Error('nothing to draw from');
  return item;
}

/** As a segment of a path or a value of a query: as it is now and then, else encoded. */
export function encode(text: string, { random, wildness }: DrawOptions): string {
  return random.chance(wildness / 5)
    ? text.replaceAll(/[^\x21-\x7e]/g, '')
    : encodeURIComponent(text.toWellFormed());
}

/** Some bytes changed, some cut off. */
export function damage(bytes: Buffer, random: Random): Buffer {
  const damaged = Buffer.from(bytes);
  for (let count = random.between(1, 8); count > 0 && damaged.length > 0; count -= 1) {
    damaged[random.between(0, damaged.length - 1)] = random.between(0, 255);
  }
  return random.chance(0.3) ? damaged.subarray(0, random.between(0, damaged.length)) : damaged;
}
