import { describe, expect, it } from 'vitest';
import type { Document } from '../archives/index.ts';
import { tarOf } from '../archives/tar-archive.fixture.ts';
import { ChartArchive, findChartFile } from './chart-archive.ts';

/** The dependencies that a chart of these files tells. */
function dependenciesOf(files: Record<string, string>): unknown {
  const archive = new ChartArchive();
  const entries = Object.entries(files);
  archive.write(tarOf(entries.map(([name, content]) => ({ name: `app/${name}`, content }))));
  return shown(archive.finish().get('dependencies'));
}

function shown(document: Document | undefined): unknown {
  if (document === undefined) return undefined;
  if (!('body' in document)) return document.kind;
  return JSON.parse(Buffer.from(document.body).toString('utf8'));
}

const list = (indent = '') => `${indent}- {name: redis, version: 1.2.3, repository: "https://r"}`;
const redis = { name: 'redis', version: '1.2.3', repository: 'https://r' };

describe('the files of a chart', () => {
  it.each<[string, string | undefined]>([
    ['app/Chart.yaml', 'Chart.yaml'],
    ['./app/Chart.yaml', 'Chart.yaml'],
    ['app//./values.yaml', 'values.yaml'],
    ['app/Readme.MD', 'README.md'],
    ['app/REQUIREMENTS.yaml', 'requirements.yaml'],
    ['app/chart.yaml', undefined],
    ['Chart.yaml', undefined],
    ['app/charts/redis/values.yaml', undefined],
    ['app/values.yaml/more', undefined],
    ['/app/values.yaml', undefined],
    ['/values.yaml', undefined],
    ['../values.yaml', undefined],
    ['app/../values.yaml', undefined],
    ['..\\values.yaml', undefined],
    ['app\\values.yaml', undefined],
    ['app/values.yaml\0', undefined],
    ['app/values.yaml.prov', undefined],
    ['', undefined],
  ])('%j is %s', (path, file) => {
    expect(findChartFile(path)).toBe(file);
  });
});

describe('the dependencies of a chart', () => {
  it('stand in Chart.yaml since apiVersion v2', () => {
    const chart = `apiVersion: v2\ndependencies:\n${list()}\n`;
    const files = { 'Chart.yaml': chart, 'requirements.yaml': 'dependencies: [{name: other}]' };
    expect(dependenciesOf(files)).toEqual([redis]);
    expect(dependenciesOf({ 'Chart.yaml': 'apiVersion: v2' })).toEqual([]);
  });

  it('stand in requirements.yaml before', () => {
    const requirements = `dependencies:\n${list('  ')}\n`;
    const files = { 'Chart.yaml': 'apiVersion: v1', 'requirements.yaml': requirements };
    expect(dependenciesOf(files)).toEqual([redis]);
    expect(dependenciesOf({ 'Chart.yaml': 'name: x' })).toEqual([]);
  });

  it('tell what Helm knows of them, as text', () => {
    const item =
      '{name: a, version: 1.5, alias: b, condition: c, tags: [d, 2], junk: 1, enabled: x}';
    const dependencies = dependenciesOf({
      'Chart.yaml': `apiVersion: v2\ndependencies: [${item}, {name: {}, repository: []}]`,
    });
    expect(dependencies).toEqual([
      { name: 'a', version: '1.5', repository: '', condition: 'c', tags: ['d', '2'], alias: 'b' },
      { name: '', repository: '' },
    ]);
  });

  const laughs = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 12; n += 1) laughs.push(`a${n}: &a${n} [${`*a${n - 1}, `.repeat(10)}]`);
  const long = 'x'.repeat(50_000);
  it.each<[string, string]>([
    ['billions of laughs', `${laughs.join('\n')}\ndependencies: []`],
    ['a list nested 100,000 deep', `dependencies: ${'['.repeat(100_000)}`],
    ['maps nested 30,000 deep', `dependencies: ${'{a: '.repeat(30_000)}`],
    ['a text repeated by aliases', `n: &n ${long}\ndependencies: [${'{name: *n}, '.repeat(99)}]`],
    ['tags of its own', 'dependencies: [!!js/function "x"]'],
    ['no list', 'dependencies: {}'],
    ['no mapping', '- dependencies'],
    ['malformed YAML', 'dependencies: ["'],
    ['two documents', 'apiVersion: v2\n---\ndependencies: []'],
  ])('are refused where Chart.yaml has %s', (_, yaml) => {
    expect(dependenciesOf({ 'Chart.yaml': `apiVersion: v2\n${yaml}` })).toBe('unprocessable');
  });

  it('cannot be had when Chart.yaml is too large, while the rest can', () => {
    const archive = new ChartArchive();
    const content = '#'.repeat(1024 * 1024 + 1);
    archive.write(
      tarOf([
        { name: 'a/Chart.yaml', content: '#'.repeat(128 * 1024 + 1) },
        { name: 'a/README.md', content },
        { name: 'a/values.yaml', content: '1' },
      ]),
    );
    const documents = archive.finish();
    expect(shown(documents.get('dependencies'))).toBe('too-large');
    expect(shown(documents.get('readme.md'))).toBe('too-large');
    expect(shown(documents.get('values.yaml'))).toBe(1);
  });
});
