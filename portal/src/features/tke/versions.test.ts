import { expect, test } from 'vitest';
import { newestVersion, sortVersions } from './versions.ts';

const versions = ['1.2.0', '1.10.0-rc.2', '1.10.0', '1.10.0-rc.10', 'v0.9.0+b1'].map((version) => ({
  version,
}));

test('versions go as their numbers do, releases before what came before them', () => {
  expect(sortVersions(versions).map(({ version }) => version)).toEqual([
    '1.10.0',
    '1.10.0-rc.10',
    '1.10.0-rc.2',
    '1.2.0',
    'v0.9.0+b1',
  ]);
});

test('a pre-release is the newest only where there is no release', () => {
  expect(newestVersion([{ version: '2.0.0-rc.1' }, ...versions])?.version).toBe('1.10.0');
  expect(newestVersion([{ version: '2.0.0-rc.1' }])?.version).toBe('2.0.0-rc.1');
  expect(newestVersion([])).toBeUndefined();
});
