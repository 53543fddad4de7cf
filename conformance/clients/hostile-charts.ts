import { randomBytes } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { createTar, createTarHeader, signTarHeader } from './tar.ts';

/** The documents of a chart, by the names of additions. */
export type ChartAddition = 'values.yaml' | 'readme.md' | 'dependencies';

/** A chart that nobody means well with. */
export interface HostileChart {
  readonly name: string;
  /** The layer as it is pushed; not made before it is needed. */
  createArchive(): Buffer;
  /** Additions that are given nevertheless; the others are refused. */
  readonly given: readonly ChartAddition[];
}

const MIB = 1024 * 1024;
const END = Buffer.alloc(1024);
const CHART = 'apiVersion: v2\nname: c\nversion: 1.0.0\n';

/** A chart that is as it should be; `value` makes it one of its own. */
export function createGoodChart(value: string): Buffer {
  const files = { 'c/Chart.yaml': CHART, 'c/values.yaml': `a: ${value}\n`, 'c/README.md': '# c\n' };
  return gzipSync(tarOf(files));
}

export const hostileCharts: readonly HostileChart[] = [
  {
    name: 'ten gibibytes in ten mebibytes (gzip), before anything else',
    createArchive: () => Buffer.concat([gzipSync(hugeHeader('c/templates/big')), ...gzipZeros()]),
    given: [],
  },
  {
    name: 'sixteen gibibytes in half a mebibyte (Zstandard)',
    createArchive: () =>
      Buffer.concat([zstdCompressSync(hugeHeader('c/templates/big')), ...zstdZeros()]),
    given: [],
  },
  {
    name: 'a values.yaml of eight gibibytes',
    createArchive: () =>
      Buffer.concat([
        gzipSync(Buffer.concat([entry('c/Chart.yaml', CHART), hugeHeader('c/values.yaml')])),
        ...gzipZeros(),
      ]),
    given: [],
  },
  {
    name: 'a README.md of two mebibytes, beside a values.yaml that is fine',
    createArchive: () =>
      gzipSync(
        tarOf({
          'c/Chart.yaml': CHART,
          'c/README.md': 'a'.repeat(2 * MIB),
          'c/values.yaml': 'a: 1\n',
        }),
      ),
    given: ['values.yaml', 'dependencies'],
  },
  {
    name: 'a hundred thousand empty files',
    createArchive: () => {
      const header = createTarHeader('c/templates/x', { size: 0 });
      return gzipSync(Buffer.concat([...repeat(header, 100_000), END]));
    },
    given: [],
  },
  {
    name: 'paths that lead out of the chart',
    createArchive: () =>
      gzipSync(
        tarOf({
          '../Chart.yaml': CHART,
          '/etc/Chart.yaml': CHART,
          'c/../../Chart.yaml': CHART,
          'c\\Chart.yaml': CHART,
          'c/../c/../values.yaml': 'a: 1\n',
        }),
      ),
    given: [],
  },
  {
    name: 'links to files of the machine',
    createArchive: () =>
      gzipSync(
        Buffer.concat([
          entry('c/Chart.yaml', CHART),
          createTarHeader('c/values.yaml', { size: 0, flag: '2', link: '/etc/passwd' }),
          createTarHeader('c/README.md', { size: 0, flag: '1', link: '../../../etc/passwd' }),
          createTarHeader('c', { size: 0, flag: '2', link: '/etc' }),
          END,
        ]),
      ),
    given: ['dependencies'],
  },
  ...createYamlCharts(),
  ...createBrokenCharts(),
];

/** Chart.yaml is parsed for the dependencies only. */
function createYamlCharts(): HostileChart[] {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const items = repeat(level === 0 ? 'lol' : `*a${level - 1}`, 10);
    return `a${level}: &a${level} [${items.join(', ')}]\n`;
  });
  const text = 'x'.repeat(20_000);
  const repeated = '  - {name: *t, version: *t, repository: *t}\n'.repeat(2_500);
  const texts: Readonly<Record<string, string>> = {
    'a billion aliases in Chart.yaml': `${CHART}${levels.join('')}dependencies: *a8\n`,
    'a long text repeated by aliases': `${CHART}t: &t ${text}\ndependencies:\n${repeated}`,
    'aliases that contain themselves': `${CHART}dependencies: &d [*d, {name: *d}]\n`,
    'half a million brackets': `${CHART}dependencies: ${'['.repeat(500_000)}\n`,
    'as many brackets as are read': `${CHART}dependencies: ${'['.repeat(130_000)}\n`,
    'keys in keys': `${CHART}dependencies: ${'? '.repeat(65_000)}\n`,
    'lists in lists': `${CHART}dependencies:\n${'- '.repeat(65_000)}\n`,
    'anchors upon anchors': `${CHART}dependencies: ${'&a '.repeat(43_000)}x\n`,
    'tags that other parsers would run': `${CHART}dependencies: !!js/function "function () { process.exit(1) }"\n`,
    'a number where the list should be': `${CHART}dependencies: 1${'0'.repeat(100_000)}\n`,
  };
  return Object.entries(texts).map(([name, yaml]) => ({
    name,
    createArchive: () =>
      gzipSync(tarOf({ 'c/Chart.yaml': yaml, 'c/values.yaml': 'a: 1\n', 'c/README.md': '# c\n' })),
    given: ['values.yaml', 'readme.md'],
  }));
}

function createBrokenCharts(): HostileChart[] {
  const archives: Readonly<Record<string, () => Buffer>> = {
    'an archive cut in its middle': () => {
      const whole = gzipSync(tarOf({ 'c/x': randomBytes(4096), 'c/Chart.yaml': CHART }));
      return whole.subarray(0, whole.length / 2);
    },
    'no archive at all': () => randomBytes(100_000),
    'an archive of nothing': () => gzipSync(END),
    'a path of a gibibyte in an extended header': () =>
      Buffer.concat([
        gzipSync(createTarHeader('x', { size: 1024 * MIB, flag: 'x' })),
        ...gzipZeros(),
      ]),
    'a size below zero': () => gzipSync(Buffer.concat([negativeHeader(), END])),
    'more than is read at all: seventeen mebibytes': () => randomBytes(17 * MIB),
  };
  return Object.entries(archives).map(([name, createArchive]) => ({
    name,
    createArchive,
    given: [],
  }));
}

function tarOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  return createTar(
    new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])),
  );
}

function entry(path: string, content: string): Buffer {
  const bytes = tarOf({ [path]: content });
  return bytes.subarray(0, bytes.length - END.length);
}

/** As large as ustar can say. */
function hugeHeader(path: string): Buffer {
  return createTarHeader(path, { size: 8 ** 11 - 1 });
}

/** GNU's way to write a size, as a negative number. */
function negativeHeader(): Buffer {
  const header = createTarHeader('c/Chart.yaml', { size: 0 });
  header.fill(0xff, 124, 136);
  signTarHeader(header);
  return header;
}

function gzipZeros(): Buffer[] {
  return repeat(gzipSync(Buffer.alloc(64 * MIB)), 160);
}

function zstdZeros(): Buffer[] {
  return repeat(zstdCompressSync(Buffer.alloc(64 * MIB)), 256);
}

function repeat<T>(item: T, length: number): T[] {
  return Array.from({ length }, () => item);
}
