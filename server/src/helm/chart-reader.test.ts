import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import {
  paxRecord,
  type TarEntry,
  tarHeader,
  tarOf,
  tgzOf,
} from '../archives/tar-archive.fixture.ts';
import { createChartReader } from './chart-reader.ts';
import { MAX_CHART_BYTES } from './limits.ts';

const reader = createChartReader();
afterAll(() => reader.close());

const chartYaml = 'apiVersion: v2\nname: app\nversion: 1.2.3\n';
const chart: readonly TarEntry[] = [{ name: 'app/Chart.yaml', content: chartYaml }];

function yaml(content: string): Buffer {
  return tgzOf([{ name: 'app/Chart.yaml', content }]);
}

describe('archives that helm made', () => {
  it.each<[string, Buffer]>([
    ['a chart', tgzOf(chart)],
    ['one with its directories', tgzOf([{ name: 'app/', flag: '5' }, ...chart])],
    [
      'one that tar made with ./',
      tgzOf([
        { name: './', flag: '5' },
        { name: './app/Chart.yaml', content: chartYaml },
      ]),
    ],
    ['one made on Windows', tgzOf([{ name: 'app\\Chart.yaml', content: chartYaml }])],
    ['one with a byte order mark', yaml(`\uFEFF${chartYaml}`)],
    [
      'one with subcharts',
      tgzOf([...chart, { name: 'app/charts/db/Chart.yaml', content: 'x: [' }]),
    ],
    ['one with an empty file', tgzOf([...chart, { name: 'app/.helmignore', content: '' }])],
    [
      'one with a header for all',
      tgzOf([
        { name: 'pax_global_header', flag: 'g', content: paxRecord('comment', 'x') },
        ...chart,
      ]),
    ],
    ['one padded to a record', gzipSync(Buffer.concat([tarOf(chart), Buffer.alloc(9216)]))],
    [
      'one in two members',
      Buffer.concat([
        gzipSync(tarOf(chart).subarray(0, 512)),
        gzipSync(tarOf(chart).subarray(512)),
      ]),
    ],
  ])('reads %s', async (_what, archive) => {
    expect(await reader.readMetadata(archive)).toEqual({
      apiVersion: 'v2',
      name: 'app',
      version: '1.2.3',
    });
  });

  it.each(['1', '1.2', 'v1.2.3', '1.2.3-rc.1+build.5', '0.0.0', '1.0.0-alpha--x.7'])(
    'takes the version %s',
    async (version) => {
      const { version: read } = await reader.readMetadata(yaml(`name: app\nversion: "${version}"`));
      expect(read).toBe(version);
    },
  );

  it.each(['app', 'my-app', 'my.app_2', '2048', 'MyApp', 'foo-1-2'])(
    'takes the name %s',
    async (name) => {
      expect(await reader.readMetadata(yaml(`name: "${name}"\nversion: 1.0.0`))).toMatchObject({
        name,
      });
    },
  );

  it('keeps what Chart.yaml says, numbers as they are written', async () => {
    const text = `${chartYaml}appVersion: 1.10\nkeywords: [a, 2]\nannotations: {x: "1"}\nmine: {a: 1.50}\ndeprecated: true\nicon: ~\n`;
    expect(await reader.readMetadata(yaml(text))).toEqual({
      apiVersion: 'v2',
      name: 'app',
      version: '1.2.3',
      appVersion: '1.10',
      keywords: ['a', '2'],
      annotations: { x: '1' },
      mine: { a: '1.50' },
      deprecated: true,
    });
  });

  it('gives the texts of a chart, and nothing that is no text', async () => {
    const archive = tgzOf([
      ...chart,
      { name: 'app/README.md', content: '# app' },
      { name: 'app/values.yaml', content: 'image:\n  tag: "1"\nlist: [1]\n' },
      { name: 'app/templates/a.yaml', content: 'kind: {{ .X }}' },
      { name: 'app/logo.png', content: Buffer.from([0, 255, 1]) },
      { name: 'app/latin1.txt', content: Buffer.from([0xe4]) },
      { name: 'app/__proto__', content: 'x' },
      { name: 'app/large.txt', content: Buffer.alloc(1024 * 1024 + 1, 97) },
    ]);
    const { files, metadata } = await reader.readFiles(archive);
    expect(metadata.name).toBe('app');
    expect(files.readme).toBe('# app');
    expect(files.values).toContain('image:');
    expect(files.flatValues).toEqual({ 'image.tag': '1', list: [1] });
    expect(Object.keys(files.rawFiles).toSorted()).toEqual([
      'Chart.yaml',
      'README.md',
      'templates/a.yaml',
      'values.yaml',
    ]);
  });
});

describe('B28: archives that are no charts', () => {
  const bomb = '&a [x,x,x,x,x,x,x,x]';
  const bombs = Array.from({ length: 12 }, (_, n) => `k${n}: &b${n} [${`*b${n - 1},`.repeat(9)}]`);
  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'Chart.yaml'],
    ['junk', Buffer.from('PK\u0003\u0004 not a chart'), 'gzip'],
    ['a tar that is not packed', tarOf(chart), 'gzip'],
    ['one cut short', tgzOf(chart).subarray(0, 60), 'damaged'],
    ['one with garbage after it', Buffer.concat([tgzOf(chart), Buffer.from('garbage')]), 'damaged'],
    ['zeros after it', Buffer.concat([tgzOf(chart), Buffer.alloc(10)]), 'follows'],
    ['garbage within', gzipSync(Buffer.concat([tarOf(chart), Buffer.from('garbage')])), 'follows'],
    ['a tar cut short', gzipSync(tarOf(chart).subarray(0, 530)), 'short'],
    ['no Chart.yaml', tgzOf([{ name: 'app/values.yaml', content: 'a: 1' }]), 'Chart.yaml'],
    ['Chart.yaml at the top', tgzOf([{ name: 'Chart.yaml', content: chartYaml }]), 'beside'],
    ['Chart.yaml too deep', tgzOf([{ name: 'a/b/Chart.yaml', content: chartYaml }]), 'Chart.yaml'],
    ['Chart.yaml twice', tgzOf([...chart, ...chart]), 'twice'],
    [
      'Chart.yaml twice by another path',
      tgzOf([...chart, { name: 'app/./Chart.yaml', content: 'x' }]),
      'twice',
    ],
    [
      'two charts',
      tgzOf([...chart, { name: 'web/Chart.yaml', content: chartYaml }]),
      'more than one',
    ],
    [
      'a path upwards',
      tgzOf([...chart, { name: 'app/../../etc/passwd', content: 'x' }]),
      'leads out',
    ],
    [
      'a path upwards as Windows has it',
      tgzOf([...chart, { name: 'app\\..\\..\\x', content: 'x' }]),
      'leads out',
    ],
    ['an absolute path', tgzOf([...chart, { name: '/etc/passwd', content: 'x' }]), 'leads out'],
    ['a drive', tgzOf([...chart, { name: 'C:/x', content: 'x' }]), 'leads out'],
    [
      'a symlink',
      tgzOf([...chart, { name: 'app/x', flag: '2', linkname: '/etc/passwd' }]),
      'neither',
    ],
    ['a hard link', tgzOf([...chart, { name: 'app/x', flag: '1', linkname: 'app/y' }]), 'neither'],
    ['a device', tgzOf([...chart, { name: 'app/x', flag: '3' }]), 'neither'],
    [
      'a symlink in place of Chart.yaml',
      tgzOf([{ name: 'app/Chart.yaml', flag: '2', linkname: 'x' }]),
      'neither',
    ],
    [
      'a bent path by pax',
      tgzOf([
        ...chart,
        { name: 'p', flag: 'x', content: paxRecord('path', '../../x') },
        { name: 'app/ok', content: 'x' },
      ]),
      'leads out',
    ],
    ['no mapping', yaml('- a'), 'mapping'],
    ['bad YAML', yaml('name: [unclosed'), 'cannot be read'],
    [
      'a YAML bomb',
      yaml(`name: app\nversion: 1.0.0\nk: ${bomb}\n${bombs.join('\n')}`),
      'cannot be read',
    ],
    ['deep YAML', yaml('['.repeat(200)), 'deep'],
    ['no name', yaml('version: 1.0.0'), 'name'],
    ['no version', yaml('name: app'), 'version'],
    ['a version that is none', yaml('name: app\nversion: latest'), 'version'],
    ['a version with a path', yaml('name: app\nversion: "1.0.0/../x"'), 'version'],
    ['a name with a path', yaml('name: ../app\nversion: 1.0.0'), 'name'],
    ['a name that is a list', yaml('name: [a]\nversion: 1.0.0'), 'name'],
    ['keywords that are no list', yaml(`${chartYaml}keywords: a`), 'keywords'],
    ['maintainers that are none', yaml(`${chartYaml}maintainers: [a]`), 'maintainers'],
    ['a sparse file', tgzOf([...chart, { name: 'app/x', flag: 'S' }]), 'sparse'],
  ])('refuses %s, and says why', async (_what, archive, word) => {
    await expect(reader.readMetadata(archive)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(word),
    });
  });

  it.each<[string, () => Buffer]>([
    ['too many bytes', () => Buffer.alloc(MAX_CHART_BYTES + 1)],
    [
      'more unpacked than it may',
      () =>
        gzipSync(
          Buffer.concat([
            tarHeader({ name: 'app/x', size: 200 * 1024 * 1024 }),
            Buffer.alloc(120 * 1024 * 1024),
          ]),
        ),
    ],
    [
      'too many entries',
      () => tgzOf(Array.from({ length: 10_001 }, (_, n) => ({ name: `app/${n}` }))),
    ],
    [
      'a Chart.yaml that is too large',
      () => yaml(`${chartYaml}description: ${'x'.repeat(300 * 1024)}`),
    ],
    ['a size of gigabytes', () => gzipSync(hugeEntry())],
  ])('refuses %s', async (_what, make) => {
    await expect(reader.readMetadata(make())).rejects.toMatchObject({ kind: 'too-large' });
  });

  it('reads on after all that', async () => {
    expect(await reader.readMetadata(tgzOf(chart))).toMatchObject({ name: 'app' });
  });
});

describe('archives with flipped bytes', () => {
  it('are charts or are refused, and nothing else', async () => {
    const whole = tarOf([...chart, { name: 'app/values.yaml', content: 'a: 1' }]);
    let seed = 42;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (let round = 0; round < 150; round += 1) {
      const bytes = Buffer.from(round % 2 === 0 ? whole : gzipSync(whole));
      for (let flips = 0; flips < 1 + random(4); flips += 1)
        bytes[random(bytes.length)] = random(256);
      const archive = round % 2 === 0 ? gzipSync(bytes) : bytes;
      const result = await reader.readMetadata(archive).catch((error: unknown) => error);
      if (result instanceof Error)
        expect(['invalid', 'too-large']).toContain(Reflect.get(result, 'kind'));
      else expect(result).toHaveProperty('name');
    }
  });
});

/** A header that tells its size in base 256, as GNU does from 8 GiB on. */
function hugeEntry(): Buffer {
  const block = tarHeader({ name: 'app/x' });
  block[124] = 0x80;
  block.fill(0xff, 125, 136);
  block.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
