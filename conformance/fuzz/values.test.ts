import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRandom } from '../crash/random.ts';
import type { JsonSchema } from './document.ts';
import { drawValue } from './values.ts';

const schema: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 8 },
    count: { type: 'integer', minimum: 1, maximum: 5 },
    flag: { anyOf: [{ type: 'boolean' }, { type: 'null' }] },
    kind: { enum: ['a', 'b'] },
    list: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'integer', minimum: 0 } },
  },
  required: ['name', 'count'],
  additionalProperties: false,
};
const seeds = Array.from({ length: 200 }, (_, index) => `seed ${index}`);

function draw(seed: string, wildness: number): unknown {
  return drawValue(schema, '', { random: createRandom(seed), wildness, hints: new Map() });
}

describe('values drawn from a schema', () => {
  const checker = z.fromJSONSchema(schema);

  it('are what the schema asks for when they are meant to be', () => {
    expect(seeds.filter((seed) => !checker.safeParse(draw(seed, 0)).success)).toEqual([]);
  });

  it('are mostly something else when they are meant to be', () => {
    const right = seeds.filter((seed) => checker.safeParse(draw(seed, 0.5)).success);
    expect(right.length).toBeLessThan(seeds.length / 3);
  });

  it('are the same again for the same seed', () => {
    expect(seeds.map((seed) => draw(seed, 0.5))).toEqual(seeds.map((seed) => draw(seed, 0.5)));
  });
});
