import type { Random } from '../crash/random.ts';
import { isRecord, type JsonSchema, listOf, recordOf } from './document.ts';
import { drawHostile, hostileTexts } from './hostile.ts';

export interface ValueOptions {
  readonly random: Random;
  /** How likely each leaf is a boundary or another type: 0 gives what the schema asks for. */
  readonly wildness: number;
  /** Values that mean something in this registry, by the name of a field or parameter. */
  readonly hints: ReadonlyMap<string, readonly unknown[]>;
}

/** How often a known value is taken: nearly always where the request is to succeed. */
const HINTED = { valid: 0.95, other: 0.7 };
const LONGEST = 70_000;

/** A value for the schema, or nearly. `name` is the field or parameter that it is for. */
export function drawValue(schema: JsonSchema, name: string, options: ValueOptions): unknown {
  const { random, wildness, hints } = options;
  if (random.chance(wildness / 2)) return drawHostile(random);
  const known = hints.get(name);
  if (known !== undefined && random.chance(wildness === 0 ? HINTED.valid : HINTED.other))
    return random.pick(known);
  const choices = [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])].filter(isRecord);
  const choice = random.pick(choices);
  if (choice !== undefined) return drawValue(choice, name, options);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return random.pick(schema['enum']);
  return drawByType(schema, name, options);
}

function drawByType(schema: JsonSchema, name: string, options: ValueOptions): unknown {
  const { random } = options;
  const type = Array.isArray(schema['type']) ? random.pick(schema['type']) : schema['type'];
  switch (type) {
    case 'string':
      return drawText(schema, options);
    case 'integer':
    case 'number':
      return drawNumber(schema, options);
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    case 'array':
      return drawList(schema, name, options);
    case 'object':
      return drawObject(schema, options);
    default:
      return random.pick([null, true, 7, 'anything', ['a'], { a: 1 }]);
  }
}

function drawObject(schema: JsonSchema, options: ValueOptions): unknown {
  const { random, wildness } = options;
  const required = new Set(listOf(schema['required']));
  const properties = recordOf(schema['properties']);
  // Of many optional fields a few: a whole configuration would always have something wrong.
  const share = properties.length > 20 ? 0.06 : 0.6;
  const kept = properties.filter(([name]) =>
    required.has(name)
      ? !random.chance(wildness / 4)
      : random.chance(wildness === 0 ? share * 1.4 : share),
  );
  const drawn = kept.map(([name, property]): [string, unknown] => [
    name,
    drawValue(isRecord(property) ? property : {}, name, options),
  ]);
  const extra = schema['additionalProperties'];
  if (isRecord(extra) && properties.length === 0) {
    const key = random.pick(listOf(options.hints.get('(key)')));
    drawn.push([typeof key === 'string' ? key : 'key', drawValue(extra, '(value)', options)]);
  }
  if (random.chance(wildness / 4)) drawn.push([drawKey(random), drawHostile(random)]);
  return Object.fromEntries(drawn);
}

function drawKey(random: Random): string {
  return random.pick(hostileTexts) ?? 'unknown';
}

function drawList(schema: JsonSchema, name: string, options: ValueOptions): unknown[] {
  const { random, wildness } = options;
  const low = numberOr(schema['minItems'], 0);
  const high = numberOr(schema['maxItems'], 1_000);
  const few = random.between(low, Math.max(low, Math.min(high, 3)));
  const length = random.chance(wildness / 4)
    ? (random.pick([0, high, high + 1].filter((size) => size <= 11_000)) ?? few)
    : few;
  const items = isRecord(schema['items']) ? schema['items'] : {};
  return Array.from({ length }, () => drawValue(items, name, options));
}

function drawText(schema: JsonSchema, { random, wildness }: ValueOptions): string {
  if (random.chance(wildness)) {
    const high = numberOr(schema['maxLength'], 4_096);
    const low = numberOr(schema['minLength'], 0);
    const lengths = [low, Math.max(0, low - 1), high, high + 1].filter((size) => size <= LONGEST);
    return random.chance(0.5)
      ? (random.pick(hostileTexts) ?? '')
      : 'b'.repeat(random.pick(lengths) ?? 0);
  }
  if (schema['format'] === 'date-time') return '2027-03-04T05:06:07.890Z';
  if (schema['format'] === 'uuid') return '01890a5d-ac96-774b-bcce-b302099a8057';
  if (schema['pattern'] === '^(?:true|false)$') return random.chance(0.5) ? 'true' : 'false';
  return `w${random.between(0, 999_999).toString(36)}`;
}

function drawNumber(schema: JsonSchema, { random, wildness }: ValueOptions): number {
  const low = numberOr(schema['minimum'], -1);
  const high = numberOr(schema['maximum'], 2 ** 53 - 1);
  if (random.chance(wildness)) {
    return random.pick([low, low - 1, high, high + 1, 0, -1, 0.5, 2 ** 31, 2 ** 53, 1e300]) ?? 0;
  }
  return random.between(low, Math.max(low, Math.min(high, 20)));
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
