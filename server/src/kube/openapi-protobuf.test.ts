import { describe, expect, it } from 'vitest';
import { createDefinitionSet } from './definition-set.ts';
import { objectAt } from './json.ts';
import { bookDefinition, idleBackend, shelfDefinition } from './kube.fixture.ts';
import { findUnknownFields } from './object-schema.ts';
import { describeV2 } from './openapi.ts';
import { encodeOpenApi, wantsProtobuf } from './openapi-protobuf.ts';

const definitions = createDefinitionSet([shelfDefinition(idleBackend()), bookDefinition()]);

/** Length-delimited fields of a protobuf message, by their numbers. */
function fieldsOf(message: Buffer): { field: number; bytes: Buffer }[] {
  const fields: { field: number; bytes: Buffer }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at] ?? 0;
      at += 1;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const length = varint();
    if (tag % 8 !== 2) continue;
    fields.push({ field: Math.floor(tag / 8), bytes: message.subarray(at, at + length) });
    at += length;
  }
  return fields;
}

function all(message: Buffer, ...path: readonly number[]): Buffer[] {
  const [field, ...rest] = path;
  if (field === undefined) return [message];
  return fieldsOf(message)
    .filter((each) => each.field === field)
    .flatMap(({ bytes }) => all(bytes, ...rest));
}

describe('Swagger as protobuf', () => {
  const encoded = encodeOpenApi(describeV2(definitions, '1.0.0'));

  it('has the version, the names of models and of their fields (gnostic`s OpenAPIv2.proto)', () => {
    expect(String(all(encoded, 1)[0])).toBe('2.0');
    const models = all(encoded, 9, 1);
    expect(models.map((model) => String(all(model, 1)[0]))).toContain('dev.berth.example.v1.Shelf');
    const shelf = models[0] ?? Buffer.alloc(0);
    const properties = all(shelf, 2, 25, 1).map((each) => String(all(each, 1)[0]));
    expect(properties).toEqual(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
    const kinds = all(shelf, 2, 31, 2, 2).map((yaml) => JSON.parse(String(yaml)));
    expect(kinds).toEqual([[{ group: 'example.berth.dev', kind: 'Shelf', version: 'v1' }]]);
  });

  it('names the dryRun parameter of PATCH, for which kubectl looks', () => {
    const patches = all(encoded, 8, 2, 2, 8);
    const names = patches.map((patch) => all(patch, 8, 1, 2, 3, 4).map(String));
    expect(names[0]).toContain('dryRun');
  });

  it('is asked for in two spellings', () => {
    expect(
      wantsProtobuf('application/com.github.proto-openapi.spec.v2@v1.0+protobuf, application/json'),
    ).toBe(true);
    expect(wantsProtobuf('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')).toBe(true);
    expect(wantsProtobuf('application/json')).toBe(false);
    expect(wantsProtobuf(undefined)).toBe(false);
  });
});

describe('the schema of a kind', () => {
  it('has types without null', () => {
    const models = objectAt(describeV2(definitions, '1'), 'definitions');
    const shelf = objectAt(models, 'dev.berth.example.v1.Shelf');
    const spec = objectAt(objectAt(shelf, 'properties'), 'spec');
    expect(spec).toMatchObject({
      type: 'object',
      description: 'What is wished for.',
      properties: {
        name: { type: 'string', description: 'What people call it.' },
        users: { type: 'array', items: { type: 'string' } },
      },
    });
  });

  it('finds fields that it does not have', () => {
    const { body } = shelfDefinition(idleBackend());
    const value = { spec: { name: 'x', nmae: 1 }, other: {}, status: { count: 1 } };
    expect(findUnknownFields(body, value)).toEqual(['spec.nmae', 'other']);
  });
});
