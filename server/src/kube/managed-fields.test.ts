import { describe, expect, it } from 'vitest';
import { parseManagers, trackUpdate } from './managed-fields.ts';
import type { KubeObject } from './object.ts';
import { applyConfiguration } from './server-side-apply.ts';

const object = (
  spec: object,
  managedFields?: readonly unknown[],
): KubeObject & { spec: object } => ({
  apiVersion: 'g/v1',
  kind: 'Shelf',
  metadata: {
    name: 'x',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: 't',
    ...(managedFields !== undefined && { managedFields }),
  },
  spec,
});

const writer = (name: string) => ({ name, subresource: '', time: 't' });
const owned = (of: KubeObject) =>
  Object.fromEntries(
    parseManagers(of).map(({ name, fields }) => [
      name,
      [...fields].map((path) => path.replaceAll('\0', '.')),
    ]),
  );

describe('managers of fields', () => {
  it('own what they changed, and lose what others change or remove', () => {
    const made = trackUpdate(undefined, object({ a: 1, b: { c: [1] } }), writer('one'));
    expect(owned(made)).toEqual({ one: ['spec.a', 'spec.b.c'] });
    const { managedFields } = made.metadata;
    const next = trackUpdate(made, object({ a: 2 }, managedFields), writer('two'));
    expect(owned(next)).toEqual({ two: ['spec.a'] });
  });

  it('are at most ten that update; the oldest become one', () => {
    const spec: Record<string, number> = { first: 1 };
    let current = trackUpdate(undefined, object(spec), writer('first'));
    for (let at = 0; at < 15; at += 1) {
      spec[`f${at}`] = 1;
      const next = object({ ...spec }, current.metadata.managedFields);
      current = trackUpdate(current, next, writer(`m${at}`));
    }
    const names = Object.keys(owned(current));
    expect(names).toHaveLength(10);
    expect(names).toContain('ancient-changes');
  });
});

describe('server-side apply', () => {
  const options = { apiVersion: 'g/v1', force: false };

  it('shares a field whose value is the same, and leaves it when one says it no more', () => {
    const first = applyConfiguration(undefined, { spec: { a: 1 } }, writer('one'), options);
    const live = (managers: typeof first.managers) =>
      object(
        { a: 1 },
        managers.map(({ name, operation }) => ({
          manager: name,
          operation,
          apiVersion: 'g/v1',
          fieldsV1: { 'f:spec': { 'f:a': {} } },
        })),
      );
    const shared = applyConfiguration(
      live(first.managers),
      { spec: { a: 1 } },
      writer('two'),
      options,
    );
    expect(shared.managers.map(({ name }) => name)).toEqual(['one', 'two']);
    const left = applyConfiguration(live(shared.managers), { spec: {} }, writer('two'), options);
    expect(left.document).toMatchObject({ spec: { a: 1 } });
    const last = applyConfiguration(live(first.managers), { spec: {} }, writer('one'), options);
    expect(last.document['spec']).toEqual({});
  });

  it('does not touch the status through the main resource', () => {
    const applied = applyConfiguration(
      undefined,
      { spec: { a: 1 }, status: { count: 3 } },
      writer('one'),
      options,
    );
    expect(applied.document).not.toHaveProperty('status');
  });
});
