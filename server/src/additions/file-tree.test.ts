import { parseDigest } from '@berth/oci';
import { describe, expect, it } from 'vitest';
import { fileTreeOf } from './file-tree.ts';

/** The tree of layers with these paths and sizes. */
function treeOf(files: readonly (readonly [path: string, size: number])[]) {
  const digest = parseDigest(`sha256:${'a'.repeat(64)}`);
  return fileTreeOf(
    files.map(([path, size]) => ({
      mediaType: 'text/plain',
      digest,
      size,
      annotations: { 'org.cncf.model.filepath': path },
    })),
  );
}

describe('the files of a model', () => {
  it('are a tree, directories first, then by name', () => {
    const files = [
      ['b.txt', 2],
      ['a.txt', 0],
      ['z/y/x.bin', 7],
      ['empty/', 0],
    ] as const;
    expect(treeOf(files)).toEqual([
      { name: 'empty', type: 'directory' },
      {
        name: 'z',
        type: 'directory',
        children: [
          { name: 'y', type: 'directory', children: [{ name: 'x.bin', type: 'file', size: 7 }] },
        ],
      },
      { name: 'a.txt', type: 'file' },
      { name: 'b.txt', type: 'file', size: 2 },
    ]);
    expect(treeOf([])).toEqual([]);
  });

  it('never lead above the root, nor hold characters of control', () => {
    const files = [
      ['../../etc/passwd', 1],
      ['/etc/./a/../shadow', 2],
      ['..\\c\u001b[2J\0', 3],
    ] as const;
    expect(treeOf(files)).toEqual([
      {
        name: 'etc',
        type: 'directory',
        children: [
          { name: 'passwd', type: 'file', size: 1 },
          { name: 'shadow', type: 'file', size: 2 },
        ],
      },
      { name: 'c\u{fffd}[2J\u{fffd}', type: 'file', size: 3 },
    ]);
    expect(
      treeOf([
        ['..', 1],
        ['/', 1],
        ['', 1],
      ]),
    ).toEqual([]);
  });

  it('keep the first of two that cannot both be', () => {
    expect(
      treeOf([
        ['a', 1],
        ['a/b', 2],
        ['a', 3],
        ['a/', 4],
      ]),
    ).toEqual([{ name: 'a', type: 'file', size: 1 }]);
    expect(treeOf([['__proto__/toString', 1]])[0]).toMatchObject({ name: '__proto__' });
  });

  it('are left out where they lie too deep', () => {
    expect(
      treeOf([
        [`${'d/'.repeat(33)}f`, 1],
        ['x'.repeat(5000), 1],
      ]),
    ).toEqual([]);
    expect(treeOf([[`${'d/'.repeat(31)}f`, 1]])).toHaveLength(1);
  });
});
