import { describe, expect, it } from 'vitest';
import { assertGoList, assertGoStruct } from './go-struct.ts';

const check = (value: unknown, rule: Parameters<typeof assertGoStruct>[1]) => () => {
  assertGoStruct(value, rule, 'answer');
};

describe('what Go can decode', () => {
  it.each([
    [{ id: 1 }, { id: 'int!' }],
    [{}, { id: 'int' }],
    [{ id: null }, { id: 'int' }],
    [{ at: '2026-11-21T07:09:16.738Z' }, { at: 'time!' }],
    [{ hard: { storage: -1 } }, { hard: 'limits!' }],
    [{ ids: [1, 2], more: 'ignored' }, { ids: 'ints' }],
  ] as const)('takes %j for %j', (value, rule) => {
    expect(check(value, rule)).not.toThrow();
  });

  it.each([
    [{ id: '1' }, { id: 'int' }, 'id is no int: "1"'],
    [{ id: 1.5 }, { id: 'int' }, 'id is no int: 1.5'],
    [{ id: null }, { id: 'int!' }, 'id is not there'],
    [{ on: 'true' }, { on: 'bool' }, 'on is no bool: "true"'],
    [{ at: '21 November' }, { at: 'time' }, 'at is no time'],
    [{ hard: { storage: '5' } }, { hard: 'limits' }, 'hard is no limits'],
    [[], { id: 'int' }, 'no object'],
  ] as const)('refuses %j for %j', (value, rule, said) => {
    expect(check(value, rule)).toThrow(said);
  });

  it('is a list with something in it', () => {
    expect(() => assertGoList([], { id: 'int' }, 'list')).toThrow('an empty list');
    expect(() => assertGoList([{ id: 'x' }], { id: 'int' }, 'list')).toThrow('id is no int');
    expect(assertGoList([{ id: 1 }], { id: 'int!' }, 'list')).toEqual([{ id: 1 }]);
  });
});
