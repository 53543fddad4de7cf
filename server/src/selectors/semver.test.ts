import { describe, expect, it } from 'vitest';
import { AppError } from '../lib/index.ts';
import { compilePattern } from './selector.ts';
import { parseVersion } from './semver.ts';

describe('a range of versions', () => {
  it.each([
    ['^1.2', '1.2.0', true],
    ['^1.2', 'v1.9.3', true],
    ['^1.2', '2.0.0', false],
    ['>=1 <3', '2.5.1', true],
    ['1.x || 3.x', '3.0.0', true],
    ['1.x || 3.x', '2.0.0', false],
    ['^1.2', 'latest', false],
    ['^1.2', '1.2', false],
    ['*', '1.0.0-rc.1', false],
    ['>=1.0.0-rc.0', '1.0.0-rc.1', true],
    ['^1.2', '1.2.3_build.5', true],
    ['^1.2', '1.2.99999999999999999999', false],
    ['', 'latest', true],
  ])('%s has the tag %s: %s', (range, tag, isIn) => {
    expect(compilePattern('semver', range)(tag)).toBe(isIn);
  });

  it.each(['one', '>=', '1.2.3.4', `1${' || 1'.repeat(100)}`])('%s is refused', (range) => {
    expect(() => compilePattern('semver', range)).toThrow(AppError);
  });

  it('takes time in proportion, whatever the tag is', () => {
    const matches = compilePattern('semver', `>=1.0.0${' || >=1.0.0'.repeat(20)}`);
    const began = performance.now();
    for (const tag of ['1'.repeat(128), `1.0.0-${'0'.repeat(120)}`, `1.0.0-${'a.'.repeat(60)}`]) {
      matches(tag);
    }
    expect(performance.now() - began).toBeLessThan(100);
  });
});

describe('the version that a tag names', () => {
  it.each([
    ['v1.2.3', '1.2.3'],
    ['1.2.3-rc.1', '1.2.3-rc.1'],
    ['1.2.3_build', '1.2.3'],
    ['latest', undefined],
    ['1.2', undefined],
  ])('%s is %s', (tag, version) => {
    expect(parseVersion(tag)?.version).toBe(version);
  });
});
