import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listFirstLoad, measureFirstLoad } from './portal-size.ts';
import { isPortalCurrent, portalStamp, STAMP } from './portal-stamp.mjs';
import { isServing } from './run.mjs';

let root: string;

function put(path: string, content: string): void {
  const file = join(root, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-stamp-'));
  put('portal/index.html', '<html>');
  put('portal/src/main.tsx', 'main');
  put('client/src/rest/index.ts', 'client');
});

afterEach(() => rmSync(root, { recursive: true }));

describe('a build of the portal', () => {
  it('is current until something that it is made from changes', () => {
    expect(isPortalCurrent(root)).toBe(false);
    put(`portal/dist/${STAMP}`, portalStamp(root));
    expect(isPortalCurrent(root)).toBe(true);
    for (const path of ['portal/src/main.tsx', 'client/src/rest/index.ts', 'package-lock.json']) {
      put(path, 'other');
      expect(isPortalCurrent(root)).toBe(false);
      put(`portal/dist/${STAMP}`, portalStamp(root));
    }
  });

  it('is made anew when a file is added or renamed, and not for tests or other folders', () => {
    const stamps = [portalStamp(root)];
    put('portal/src/a.ts', 'a');
    stamps.push(portalStamp(root));
    rmSync(join(root, 'portal/src/a.ts'));
    put('portal/src/b.ts', 'a');
    stamps.push(portalStamp(root));
    expect(new Set(stamps).size).toBe(3);
    put('portal/src/b.test.tsx', 'a');
    put('server/src/main.ts', 'a');
    expect(portalStamp(root)).toBe(stamps[2]);
  });
});

describe('the first load', () => {
  const manifest = {
    'index.html': { file: 'assets/main.js', isEntry: true, imports: ['_shared.js'] },
    '_shared.js': { file: 'assets/shared.js', imports: ['_deep.js', 'index.html'] },
    '_deep.js': { file: 'assets/deep.js' },
    'src/page.tsx': { file: 'assets/page.js', imports: ['_shared.js'] },
    'src/style.css': { file: 'assets/style.css', isEntry: true },
  };

  it('is the entry and all that it imports statically', () => {
    expect(listFirstLoad(manifest)).toEqual([
      'assets/main.js',
      'assets/shared.js',
      'assets/deep.js',
    ]);
  });

  it('is measured as browsers get it', () => {
    put('.vite/manifest.json', JSON.stringify(manifest));
    for (const name of ['main', 'shared', 'deep']) put(`assets/${name}.js`, 'a'.repeat(10_000));
    expect(measureFirstLoad(root)).toBeGreaterThan(3 * 20);
    expect(measureFirstLoad(root)).toBeLessThan(3 * 100);
    put('.vite/manifest.json', '{}');
    expect(() => measureFirstLoad(root)).toThrow('no entry');
  });
});

describe('the portal is built before', () => {
  it.each([
    [['server/src/main.ts', 'serve'], true],
    [['/srv/berth/server/src/main.ts'], true],
    [['server/src/main.ts', '-c', 'file.yaml'], true],
    [['server/src/main.ts', '--config=file.yaml', 'serve'], true],
    [['server/src/main.ts', 'migrate'], false],
    [['server/src/main.ts', '--config', 'file.yaml', 'fsck'], false],
    [['server/src/main.ts', '--help'], false],
    [['scripts/check.ts'], false],
    [[], false],
  ])('%j: %s', (argv, expected) => {
    expect(isServing(argv)).toBe(expected);
  });
});
