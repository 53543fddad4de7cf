import { describe, expect, it } from 'vitest';
import { archiveLimits as limits } from './limits.ts';
import { isTooDeep } from './yaml-depth.ts';

const { depth } = limits;

describe('the depth of YAML', () => {
  it.each([
    ['lists in lists', (levels: number) => `a: ${'['.repeat(levels)}${']'.repeat(levels)}`],
    ['maps in maps', (levels: number) => `a: ${'{a: '.repeat(levels)}`],
    ['lists on one line', (levels: number) => `a:\n${'- '.repeat(levels)}`],
    ['keys on one line', (levels: number) => '? '.repeat(levels)],
    ['a list beneath texts like brackets', (levels: number) => `- "]]"\n- ${'['.repeat(levels)}`],
  ])('is too much with more than 64 %s', (_, build) => {
    expect(isTooDeep(build(depth))).toBe(false);
    expect(isTooDeep(build(depth + 1))).toBe(true);
  });

  it.each([
    ['brackets in quotes', `a: "${'['.repeat(1000)}"\nb: '${'{'.repeat(1000)}'`],
    ['brackets in a plain text', `a: x${'['.repeat(1000)}`],
    ['brackets in a block of text', `a: |\n${'  [\n'.repeat(1000)}`],
    ['brackets in a comment', `# ${'['.repeat(1000)}\na: 1`],
    ['many lists beside each other', `a: [${'[],'.repeat(1000)}]`],
    ['many maps with many keys', 'a:\n  b: {c: d, e: f, g: h}\n'.repeat(1000)],
    ['many keys on one line of a map', `a: {${'k: 1, '.repeat(500)}}`],
    ['many lines of lists', '- - 1\n  - 2\n'.repeat(1000)],
    ['lines that end as on Windows', '- a\r\n'.repeat(1000)],
  ])('is none of %s', (_, yaml) => {
    expect(isTooDeep(yaml)).toBe(false);
  });
});
