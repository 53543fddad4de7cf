import type { Random } from '../crash/random.ts';
import { isRecord, type Operation, type Parameter } from './document.ts';
import {
  contentTypes,
  hostileBodies,
  hostileNumbers,
  hostileQueries,
  hostileSegments,
  hostileTexts,
  queryTexts,
} from './hostile.ts';
import { drawValue, type ValueOptions } from './values.ts';

/** Whose credentials a request carries; `odd` are broken ones. */
export type CallerKind = 'administrator' | 'user' | 'anonymous' | 'odd';

export interface FuzzRequest {
  readonly operation: Operation;
  readonly caller: CallerKind;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Whether the path surely leads to the operation, so that its answers can be judged by it. */
  readonly isExact: boolean;
}

const SORTS = ['name', '-name', 'id,-creation_time', '-push_time', 'used.storage', '-', 'a b'];
const WILDNESS = { valid: 0, near: 0.25, hostile: 0.7 } as const;

/** Of a hundred requests 45 are valid, 35 nearly, and 20 as bad as can be. */
export function drawRequest(
  operation: Operation,
  caller: CallerKind,
  { random, hints }: { random: Random; hints: ValueOptions['hints'] },
): FuzzRequest {
  const luck = random.fraction();
  const kind = luck < 0.45 ? 'valid' : luck < 0.8 ? 'near' : 'hostile';
  const options: ValueOptions = { random, hints, wildness: WILDNESS[kind] };
  const { path, isExact } = drawPath(operation, kind === 'hostile', options);
  const query = drawQuery(operation, kind === 'hostile', options);
  const { type, body } = drawBody(operation, options);
  return {
    operation,
    caller,
    isExact,
    target: query === '' ? path : `${path}?${query}`,
    headers: { ...drawHeaders(options), ...(type !== undefined && { 'content-type': type }) },
    body,
  };
}

function drawPath(
  { path, parameters }: Operation,
  isHostile: boolean,
  options: ValueOptions,
): { path: string; isExact: boolean } {
  const { random } = options;
  let isExact = true;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (isHostile && random.chance(0.5)) {
      isExact = false;
      return random.pick(hostileSegments) ?? '';
    }
    const schema = parameters.find((one) => one.place === 'path' && one.name === name)?.schema;
    const text = textOf(drawValue(schema ?? {}, name, options));
    // An empty segment, or a word that is a path of its own, leads elsewhere.
    isExact &&= /^(?:\d+|.*-.*|sha256:.*)$/.test(text);
    return encode(text);
  });
  if (!isHostile || !random.chance(0.15)) return { path: filled, isExact };
  const trick = random.pick([
    `/${filled}`,
    `${filled}/`,
    `${filled}//`,
    `${filled}/..`,
    `${filled}%00`,
    `${filled};x=1`,
    filled.toUpperCase(),
    filled.replaceAll('/', '%2F').replace('%2F', '/'),
  ]);
  return { path: trick ?? filled, isExact: false };
}

function drawQuery({ parameters }: Operation, isHostile: boolean, options: ValueOptions): string {
  const { random, wildness } = options;
  if (isHostile && random.chance(0.25)) return random.pick(hostileQueries) ?? '';
  const pairs = parameters
    .filter((one) => one.place === 'query')
    .filter((one) => one.isRequired !== random.chance(one.isRequired ? wildness / 4 : 0.4))
    .map((one) => `${encode(one.name)}=${encode(drawQueryValue(one, options))}`);
  const [first] = pairs;
  if (first !== undefined && random.chance(wildness / 3)) pairs.push(first);
  if (random.chance(wildness / 3)) pairs.push(`${encode(drawText(random))}=1`);
  return pairs.join('&');
}

function drawQueryValue({ name, schema }: Parameter, options: ValueOptions): string {
  const { random, wildness } = options;
  if (name === 'q' && random.chance(0.8)) return random.pick(queryTexts) ?? '';
  if (name === 'sort') return random.pick(SORTS) ?? '';
  if (random.chance(wildness)) return drawText(random);
  return textOf(drawValue(schema, name, options));
}

function drawBody(
  { id, method, body }: Operation,
  options: ValueOptions,
): { type?: string | undefined; body: Buffer | undefined } {
  const { random, wildness } = options;
  if (body === undefined) {
    // Nobody asked for one; GET with a body is left alone by most clients, but not by all.
    if (method === 'HEAD' || !random.chance(wildness / 4)) return { body: undefined };
    return { type: 'application/json', body: random.pick(hostileBodies) };
  }
  const type = random.chance(wildness / 4) ? random.pick(contentTypes) : body.type;
  if (random.chance(wildness / 3)) return { type, body: random.pick(hostileBodies) };
  const value = drawValue(body.schema, id, options);
  if (body.type !== 'application/json') return { type, body: Buffer.from(formOf(value)) };
  return { type, body: Buffer.from(spoil(JSON.stringify(value) ?? '', options)) };
}

/** Now and then makes a text that JSON.stringify would not. */
function spoil(json: string, { random, wildness }: ValueOptions): string {
  if (!random.chance(wildness / 4)) return json;
  const at = random.between(0, json.length);
  const number = random.pick(hostileNumbers) ?? '0';
  const ways: readonly string[] = [
    json.slice(0, at),
    json.slice(0, at) + drawText(random) + json.slice(at),
    json.replace(/(?<=:)-?\d+/, number),
    json.replace(/(?<=:)"[^"]*"/, number),
    json.replace(/^\{("[^"]*":)/, '{$1null,$1'),
  ];
  return random.pick(ways) ?? json;
}

function drawHeaders({ random, wildness }: ValueOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  const odd: readonly [string, readonly string[]][] = [
    ['x-request-id', ['', 'a b', '<script>', 'x'.repeat(4_000), '\u00ff\u00fe', 'abc-1']],
    ['x-is-resource-name', ['true', 'false', 'TRUE', '1', '']],
    ['x-resource-name-in-location', ['true', 'maybe']],
    ['cookie', ['sid=x', 'sid=', 'sid=%', '=;=;=', `sid=${'a'.repeat(3_000)}`, '__Host-sid=x']],
    ['accept', ['text/html', '*/*', 'application/xml', ';;;']],
    ['accept-encoding', ['gzip', 'br;q=x', 'identity;q=0']],
    ['if-none-match', ['*', '"x"', 'W/"x']],
    ['x-forwarded-for', ['127.0.0.1', 'nonsense', '1.2.3.4, ::1']],
    ['x-forwarded-proto', ['https', 'javascript']],
    ['host', ['localhost', 'a/b', '[::1]:1', 'x'.repeat(300)]],
    ['expect', ['nothing']],
    ['range', ['bytes=0-']],
  ];
  for (const [name, values] of odd) {
    if (random.chance(0.01 + wildness / 10)) headers[name] = random.pick(values) ?? '';
  }
  return headers;
}

function drawText(random: Random): string {
  return random.pick(hostileTexts) ?? '';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function formOf(value: unknown): string {
  if (!isRecord(value)) return textOf(value);
  const pairs = Object.entries(value).map(([name, one]) => [name, textOf(one)]);
  return new URLSearchParams(Object.fromEntries(pairs)).toString();
}
