import { describe, expect, it } from 'vitest';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

describe('a JSON patch', () => {
  it('changes a copy', () => {
    const document = { a: { b: [1, 2] } };
    const patch = [
      { op: 'test', path: '/a/b/0', value: 1 },
      { op: 'add', path: '/a/b/-', value: 3 },
      { op: 'move', from: '/a/b', path: '/c' },
      { op: 'replace', path: '/a', value: null },
    ];
    expect(applyJsonPatch(document, patch)).toEqual({ a: null, c: [1, 2, 3] });
    expect(document).toEqual({ a: { b: [1, 2] } });
  });

  it('may replace the whole document', () => {
    expect(applyJsonPatch({ a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }])).toEqual({
      b: 2,
    });
  });

  it.each([
    ['no list', {}, 400],
    ['an unknown operation', [{ op: 'x', path: '/a' }], 400],
    ['a path that is no pointer', [{ op: 'remove', path: 'a' }], 400],
    ['a path that is not there', [{ op: 'remove', path: '/x/y' }], 422],
    ['a failing test', [{ op: 'test', path: '/a', value: 2 }], 422],
    ['a way to the prototype', [{ op: 'add', path: '/__proto__/x', value: 1 }], 422],
    ['a way to the constructor', [{ op: 'copy', from: '/constructor', path: '/b' }], 422],
    [
      'too many operations',
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: 1 })),
      413,
    ],
    [
      'copies that double',
      Array.from({ length: 101 }, () => ({ op: 'copy', from: '', path: '/b' })),
      413,
    ],
  ])('of %s is refused', (_what, patch, code) => {
    expect(() => applyJsonPatch({ a: 1 }, patch)).toThrow(expect.objectContaining({ code }));
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });
});

describe('a merge patch', () => {
  it('merges objects, replaces lists and removes what is null', () => {
    const document = { a: { b: 1, c: 2 }, d: [1], e: 1 };
    const patch = { a: { b: null, x: { y: null, z: 1 } }, d: [2], e: { f: 1 } };
    expect(applyMergePatch(document, patch)).toEqual({
      a: { c: 2, x: { z: 1 } },
      d: [2],
      e: { f: 1 },
    });
    expect(() => applyMergePatch({}, [])).toThrow(expect.objectContaining({ code: 400 }));
  });
});

describe('a strategic merge patch', () => {
  it('merges objects and finalizers, replaces other lists', () => {
    const document = { metadata: { finalizers: ['a'] }, spec: { users: ['x'], name: 'n' } };
    const patch = {
      metadata: { finalizers: ['b'], '$setElementOrder/finalizers': ['a', 'b'] },
      spec: { users: ['y'], name: null },
    };
    expect(applyStrategicMergePatch(document, patch)).toEqual({
      metadata: { finalizers: ['a', 'b'] },
      spec: { users: ['y'] },
    });
  });

  it('knows $patch, $retainKeys and $deleteFromPrimitiveList', () => {
    const document = { a: { b: 1 }, c: { d: 1, e: 2 }, f: { g: 1, h: 2 }, i: ['x', 'y'] };
    const patch = {
      a: { $patch: 'delete' },
      c: { $patch: 'replace', z: 1 },
      f: { $retainKeys: ['g'], g: 5 },
      '$deleteFromPrimitiveList/i': ['x'],
    };
    expect(applyStrategicMergePatch(document, patch)).toEqual({
      c: { z: 1 },
      f: { g: 5 },
      i: ['y'],
    });
    expect(() => applyStrategicMergePatch({}, { a: { $patch: 'x' } })).toThrow(
      expect.objectContaining({ code: 400 }),
    );
  });

  it('merges owners by their uid', () => {
    const owners = (...list: object[]) => ({ metadata: { ownerReferences: list } });
    const document = owners({ uid: '1', name: 'a' }, { uid: '2', name: 'b' });
    const patch = owners({ uid: '1', name: 'c' }, { uid: '2', $patch: 'delete' }, { uid: '3' });
    expect(applyStrategicMergePatch(document, patch)).toEqual(
      owners({ uid: '1', name: 'c' }, { uid: '3' }),
    );
  });
});
