import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { digestOf, mediaType, parseManifest } from '@berth/oci';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { poolLimits } from '../archives/index.ts';
import {
  paxRecord,
  type TarEntry,
  tarHeader,
  tarOf,
  tgzOf,
} from '../archives/tar-archive.fixture.ts';
import { AppError } from '../lib/index.ts';
import { createArtifactInspector, createInspectorPool, type StoredContent } from './inspector.ts';
import { limits } from './limits.ts';

const MIB = 1024 * 1024;
const helmConfig = 'application/vnd.cncf.helm.config.v1+json';
const helmContent = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const modelType = 'application/vnd.cncf.model.manifest.v1+json';

const blobs = new Map<string, Buffer>();
const manifests = new Map<string, StoredContent>();
let opened = 0;
let piecesRead = 0;
const ports = {
  async openBlob(_repository: string, digest: string) {
    const content = blobs.get(digest);
    if (content === undefined) return undefined;
    opened += 1;
    return {
      size: content.length,
      async *read() {
        for (let at = 0; at < content.length; at += 65_536) {
          piecesRead += 1;
          yield content.subarray(at, at + 65_536);
        }
      },
    };
  },
  findManifest: async (_repository: string, digest: string) => manifests.get(digest),
};
const inspector = createArtifactInspector(ports);

beforeAll(async () => {
  // What follows is timed: threads are there, and their code is warm.
  const charts = [1, 2].map((n) =>
    chartOf(tgzOf([...chart, { name: `app/${n}`, content: `${n}` }])),
  );
  await Promise.all(charts.map((content) => read(content, 'values.yaml')));
});
afterEach(() => {
  vi.useRealTimers();
  blobs.clear();
});
afterAll(() => inspector.close());

function put(content: Buffer | string, type: string, annotations: object = {}) {
  const bytes = Buffer.from(content);
  const digest = digestOf(bytes);
  blobs.set(digest, bytes);
  return { mediaType: type, digest, size: bytes.length, annotations };
}

function manifest(config: object, layers: readonly object[] = [], more: object = {}): Buffer {
  const head = { schemaVersion: 2, mediaType: mediaType.ociManifest };
  return Buffer.from(JSON.stringify({ ...head, config, layers, ...more }));
}

const chartOf = (archive: Buffer) =>
  manifest(put('{"name":"app","version":"1.0.0"}', helmConfig), [put(archive, helmContent)]);
const imageOf = (config: unknown) => manifest(put(JSON.stringify(config), mediaType.ociConfig));

async function describeAttrs(content: Buffer, type: string = mediaType.ociManifest) {
  return (await inspector.describe('p/app', content, type)).extraAttrs;
}

async function read(content: Buffer, name: string, use = inspector) {
  const addition = await use.readAddition('p/app', content, mediaType.ociManifest, name);
  return { type: addition.contentType, text: addition.body.toString('utf8') };
}

/** The refusal's kind, or what was read after all. */
async function refusal(content: Buffer, name: string, use = inspector): Promise<string> {
  try {
    return (await read(content, name, use)).text;
  } catch (error) {
    if (error instanceof AppError) return error.kind;
    throw error;
  }
}

const chart: TarEntry[] = [
  { name: 'app/Chart.yaml', content: 'apiVersion: v2\nname: app\ndependencies:\n- name: db\n' },
  { name: 'app/values.yaml', content: 'replicas: 2\n' },
  { name: 'app/templates/x.yaml', content: '{{ .Values.replicas }}' },
  { name: 'app/README.md', content: '# Äpp\n' },
];

describe('the metadata of an artifact', () => {
  it('is, of an image, in its config, large or small', async () => {
    const config = { Env: ['A=b'], Labels: { maintainer: 'Ada' } };
    const image = { created: '2026-01-02T03:04:05Z', architecture: 'amd64', os: 'linux', config };
    expect(await describeAttrs(imageOf(image))).toEqual({ ...image, author: 'Ada' });
    const history = Array.from({ length: 5000 }, (_, n) => ({ created_by: `RUN step ${n}` }));
    expect(await describeAttrs(imageOf({ ...image, history }))).toEqual({
      ...image,
      author: 'Ada',
    });
  });

  it('is, of charts, SBOMs and models, the whole config', async () => {
    const config = { name: 'app', version: '1' };
    for (const type of [helmConfig, 'application/vnd.goharbor.harbor.sbom.v1']) {
      expect(await describeAttrs(manifest(put(JSON.stringify(config), type)))).toEqual(config);
    }
    const model = put(JSON.stringify(config), 'application/vnd.cncf.model.config.v1+json');
    const content = manifest(model, [], { artifactType: modelType });
    expect(await describeAttrs(content)).toEqual(config);
  });

  it('is, of a vendor’s artifact, the config without what it wants skipped', async () => {
    const skip = { 'io.goharbor.artifact.v1alpha1.skip-list': 'metrics,git' };
    const config = JSON.stringify({ name: 'm', metrics: [], git: '' });
    const type = 'application/vnd.caicloud.model.config.v1alpha1+json';
    expect(await describeAttrs(manifest(put(config, type, skip)))).toEqual({ name: 'm' });
    expect(await describeAttrs(manifest(put(config, 'application/json', skip)))).toEqual({});
  });

  it('is, of WebAssembly, in the manifest or as of an image', async () => {
    const title = { 'org.opencontainers.image.title': 'm.wasm' };
    const layer = put('wasm', 'application/vnd.wasm.content.layer.v1+wasm', title);
    const wasm = 'application/vnd.wasm.config.v1+json';
    expect(await describeAttrs(manifest(put('{}', wasm), [layer]))).toEqual({
      'manifest.config.mediaType': wasm,
      'manifest.layers.mediaType': layer.mediaType,
      ...title,
    });
    const annotations = { 'run.oci.handler': 'wasm' };
    const config = put('{"os":"wasi"}', mediaType.ociConfig);
    expect(await describeAttrs(manifest(config, [], { annotations }))).toMatchObject({
      'manifest.config.mediaType': mediaType.ociConfig,
      os: 'wasi',
    });
  });

  it('is, of a CNAB, the config of the manifest that its index names', async () => {
    const child = manifest(put('{"schemaVersion":"v1"}', 'application/vnd.cnab.config.v1+json'));
    const digest = digestOf(child);
    manifests.set(digest, { content: child, mediaType: mediaType.ociManifest });
    const listed = (type: string, of = digest) => ({
      mediaType: mediaType.ociManifest,
      digest: of,
      size: child.length,
      annotations: { 'io.cnab.manifest.type': type },
    });
    const bundle = (entries: readonly object[]) =>
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaType.ociIndex,
          manifests: entries,
          annotations: { 'org.opencontainers.artifactType': 'application/vnd.cnab.manifest.v1' },
        }),
      );
    const attrs = (...entries: object[]) => describeAttrs(bundle(entries), mediaType.ociIndex);
    expect(await attrs(listed('invocation'), listed('config'))).toEqual({ schemaVersion: 'v1' });
    expect(await attrs(listed('invocation'))).toEqual({});
    expect(await attrs(listed('config', digestOf(Buffer.from('absent'))))).toEqual({});
  });

  it('is nothing where the config is missing, hostile or not to be read', async () => {
    const image = imageOf({ os: 'linux' });
    blobs.clear();
    expect(await describeAttrs(image)).toEqual({});
    const nested = put(`{"a":${'['.repeat(2_000_000)}`, mediaType.ociConfig);
    expect(await describeAttrs(manifest(nested))).toEqual({});
    const lying = put(Buffer.alloc(5 * MIB, ' '), mediaType.ociConfig);
    expect(await describeAttrs(manifest({ ...lying, size: 2 }))).toEqual({});
    expect(await describeAttrs(manifest(put('not JSON', helmConfig)))).toEqual({});
    expect(await describeAttrs(Buffer.from('not a manifest'))).toEqual({});
  });

  it('is an error when storage fails, so that nobody keeps the answer', async () => {
    const failing = createArtifactInspector({
      ...ports,
      openBlob: () => Promise.reject(new Error('storage is away')),
    });
    const image = imageOf({});
    await expect(failing.describe('p/app', image, mediaType.ociManifest)).rejects.toThrow('away');
    await expect(read(image, 'build_history', failing)).rejects.toThrow('away');
  });
});

describe('the additions of an artifact', () => {
  it('are its build history, of an image', async () => {
    const history = [{ created_by: 'RUN x', empty_layer: true }];
    const image = imageOf({ history });
    const type = 'application/json; charset=utf-8';
    expect(await read(image, 'BUILD_history')).toEqual({ type, text: JSON.stringify(history) });
  });

  it('are values, readme and dependencies, of a chart', async () => {
    const content = chartOf(tgzOf(chart));
    const before = opened;
    expect(await Promise.all([read(content, 'values.yaml'), read(content, 'readme.md')])).toEqual([
      { type: 'text/plain; charset=utf-8', text: 'replicas: 2\n' },
      { type: 'text/markdown; charset=utf-8', text: '# Äpp\n' },
    ]);
    const type = 'application/json; charset=utf-8';
    const text = '[{"name":"db","repository":""}]';
    expect(await read(content, 'dependencies')).toEqual({ type, text });
    expect(opened - before).toBe(1);
  });

  it('are read from Zstandard, and in spite of a provenance file before the chart', async () => {
    const provenance = put('signed', 'application/vnd.cncf.helm.chart.provenance.v1.prov');
    const layer = put(zstdCompressSync(tarOf(chart)), helmContent);
    const content = manifest(put('{}', helmConfig), [provenance, layer]);
    expect((await read(content, 'values.yaml')).text).toBe('replicas: 2\n');
  });

  it('are the one layer, of an SBOM', async () => {
    const type = 'application/vnd.goharbor.harbor.sbom.v1';
    const layer = put('{"spdx":1}', 'application/spdx+json');
    expect(await read(manifest(put('{}', type), [layer]), 'sbom')).toEqual({
      type,
      text: '{"spdx":1}',
    });
    expect(await refusal(manifest(put('{}', type), [layer, layer]), 'sbom')).toBe('not-found');
    const huge = put(Buffer.alloc(16 * MIB + 1), 'application/spdx+json');
    expect(await refusal(manifest(put('{}', type), [huge]), 'sbom')).toBe('too-large');
  });

  it('are readme, licence and files, of a model', async () => {
    const doc = (format: string, path: string, content: Buffer | string) =>
      put(content, `application/vnd.cncf.model.doc.v1.${format}`, {
        'org.cncf.model.filepath': path,
      });
    const readme = doc('tar', 'README.md', tarOf([{ name: 'README.md', content: '# Model' }]));
    const licence = doc('raw', 'LICENSE', 'Apache');
    const more = { artifactType: modelType };
    const content = manifest(put('{}', mediaType.ociEmpty), [readme, licence], more);
    const markdown = 'text/markdown; charset=utf-8';
    expect(await read(content, 'readme.md')).toEqual({ type: markdown, text: '# Model' });
    expect(await read(content, 'license')).toEqual({
      type: 'text/plain; charset=utf-8',
      text: 'Apache',
    });
    expect(JSON.parse((await read(content, 'files')).text)).toEqual([
      { name: 'LICENSE', type: 'file', size: 6 },
      { name: 'README.md', type: 'file', size: 2048 },
    ]);
    expect(await refusal(manifest(put('{}', mediaType.ociEmpty), [], more), 'license')).toBe(
      'not-found',
    );
  });

  it('are refused where the kind of artifact has none of the name', async () => {
    const image = imageOf({});
    await expect(read(image, 'values.yaml')).rejects.toThrow(
      "addition VALUES.YAML isn't supported for IMAGE(manifest version 2)",
    );
    await expect(read(manifest(put('{}', 'text/x-y')), 'sbom')).rejects.toThrow(
      'the processor for artifact UNKNOWN not found, cannot get the addition',
    );
    expect(await refusal(image, 'toString')).toBe('invalid');
    const listed = (content: Buffer) =>
      inspector.listAdditions(parseManifest(content, mediaType.ociManifest));
    expect(listed(image)).toEqual(['build_history']);
    expect(listed(chartOf(tgzOf(chart)))).toEqual(['values.yaml', 'readme.md', 'dependencies']);
    expect(listed(manifest(put('{}', 'text/x-y')))).toEqual([]);
  });

  it('are not found where this artifact has none, or its blob is gone', async () => {
    expect(await refusal(chartOf(tgzOf(chart.slice(0, 1))), 'readme.md')).toBe('not-found');
    const content = chartOf(tgzOf([...chart, { name: 'app/gone' }]));
    blobs.clear();
    expect(await refusal(content, 'readme.md')).toBe('not-found');
  });
});

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** How a chart is answered: in so many milliseconds, with so many more bytes of memory at most. */
async function measure(archive: Buffer): Promise<{ kind: string; ms: number; bytes: number }> {
  const content = chartOf(archive);
  collectGarbage();
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  const start = performance.now();
  const kind = await refusal(content, 'readme.md');
  const ms = performance.now() - start;
  clearInterval(sampling);
  return { kind, ms, bytes: peak - before };
}

describe('a hostile chart', () => {
  const bomb = { name: 'app/bomb', content: Buffer.alloc(200 * MIB) };
  const yaml = (content: string) => [{ name: 'app/Chart.yaml', content }];
  const random = Buffer.from(Array.from({ length: MIB }, (_, n) => (n * 7919) % 251));

  it.each<[string, readonly string[], () => Buffer]>([
    ['of 200 MiB of zeros in gzip', ['too-large'], () => tgzOf([bomb])],
    ['of 200 MiB of zeros in Zstandard', ['too-large'], () => zstdCompressSync(tarOf([bomb]))],
    [
      'with a window of 128 MiB in Zstandard',
      ['unprocessable'],
      () => zstdCompressSync(tarOf([bomb]), { params: { [constants.ZSTD_c_windowLog]: 27 } }),
    ],
    [
      'with a million entries',
      ['too-large'],
      () => gzipSync(Buffer.alloc(512_000_000, tarHeader({ name: 'app/x' })), { level: 1 }),
    ],
    [
      'of 700,000 empty members of gzip',
      ['too-large', 'unavailable', 'unprocessable'],
      () => Buffer.alloc(700_000 * 20, gzipSync('')),
    ],
    ['larger than 16 MiB', ['too-large'], () => Buffer.alloc(16 * MIB + 1)],
    [
      'with YAML nested a hundred thousand deep',
      ['unavailable', 'unprocessable', 'not-found'],
      () => tgzOf(yaml('['.repeat(limits.chartYaml))),
    ],
    [
      'with YAML of many anchors',
      ['unavailable', 'unprocessable', 'not-found'],
      () => tgzOf(yaml('- &a\n'.repeat(26_000))),
    ],
    ['cut short', ['unprocessable'], () => tgzOf([{ name: 'x', content: random }]).subarray(0, -9)],
    ['cut short within a file', ['unprocessable'], () => gzipSync(tarOf(chart).subarray(0, 530))],
    ['that is empty', ['unprocessable'], () => Buffer.alloc(0)],
    ['that is a picture', ['unprocessable'], () => Buffer.alloc(5000, 'PNG')],
    [
      'whose files are links, devices or directories',
      ['unprocessable'],
      () =>
        tgzOf(['1', '2', '3', '5'].map((flag) => ({ ...chart[0], name: 'app/README.md', flag }))),
    ],
    [
      'whose files lie elsewhere',
      ['unprocessable'],
      () =>
        tgzOf(
          ['../Chart.yaml', '/app/Chart.yaml', 'app\\Chart.yaml', 'a/b/Chart.yaml'].flatMap(
            (path) => [
              { name: 'x', flag: 'x', content: paxRecord('path', path) },
              { name: 'x', content: 'apiVersion: v2' },
            ],
          ),
        ),
    ],
  ])('%s is refused', async (_, kinds, build) => {
    const { kind, ms, bytes } = await measure(build());
    expect(kinds).toContain(kind);
    // The two seconds that a thread has, and something for a busy machine.
    expect(ms).toBeLessThan(3000);
    expect(bytes).toBeLessThan(128 * MIB);
    const next = chartOf(tgzOf([...chart, { name: 'app/next', content: `${ms}` }]));
    expect((await read(next, 'readme.md')).text).toBe('# Äpp\n');
  });

  it('is read no further than its files are', async () => {
    const noise = Buffer.from(
      Array.from({ length: 8 * MIB }, () => Math.floor(Math.random() * 256)),
    );
    const content = chartOf(tgzOf([...chart, { name: 'app/noise', content: noise }]));
    const before = piecesRead;
    expect((await read(content, 'values.yaml')).text).toBe('replicas: 2\n');
    expect(piecesRead - before).toBeLessThan(4);
  });

  it('is not read again at once after it was refused', async () => {
    const content = chartOf(Buffer.from('no chart'));
    expect(await refusal(content, 'readme.md')).toBe('unprocessable');
    const before = opened;
    expect(await refusal(content, 'readme.md')).toBe('unprocessable');
    expect(opened).toBe(before);
  });

  it('of any damage gives an answer or a refusal, never another error', async () => {
    const valid = tgzOf(chart);
    const plain = tarOf(chart);
    const seen = new Set<string>();
    const random = randomNumbers(20_261_121);
    for (let round = 0; round < 600; round += 1) {
      const damaged = Buffer.from(round % 2 === 0 ? valid : plain);
      for (let count = random(6); count >= 0; count -= 1) {
        damaged[random(damaged.length)] = random(256);
      }
      const cut = random(4) === 0 ? damaged.subarray(0, random(damaged.length)) : damaged;
      const archive = round % 2 === 0 ? cut : gzipSync(cut, { level: 1 });
      const kind = await refusal(chartOf(archive), 'readme.md');
      seen.add(kind === '# Äpp\n' ? 'whole' : kind);
      expect(kind === 'unavailable').toBe(false);
    }
    expect([...seen]).toEqual(expect.arrayContaining(['whole', 'unprocessable']));
  });
});

describe('the threads', () => {
  it('are stopped when their time is over, and replaced', async () => {
    const patience = { ...poolLimits, threads: 1, work: 20 };
    const hurried = createArtifactInspector(ports, createInspectorPool(patience));
    const yaml = `a: [${'[],'.repeat(43_000)}]`;
    const slow = chartOf(tgzOf([{ name: 'app/Chart.yaml', content: yaml }]));
    expect(await refusal(slow, 'dependencies', hurried)).toBe('unavailable');
    patience.work = poolLimits.work;
    expect((await read(chartOf(tgzOf(chart)), 'readme.md', hurried)).text).toBe('# Äpp\n');
    await hurried.close();
  });

  it('die alone when a content takes too much memory', async () => {
    const pool = createInspectorPool({
      ...poolLimits,
      threads: 1,
      work: 20_000,
      oldGenerationMb: 16,
    });
    const narrow = createArtifactInspector(ports, pool);
    const nodes = chartOf(
      tgzOf([{ name: 'app/Chart.yaml', content: `a: [${'[],'.repeat(43_000)}]` }]),
    );
    await expect(read(nodes, 'dependencies', narrow)).rejects.toThrow('memory');
    expect((await read(chartOf(tgzOf(chart)), 'readme.md', narrow)).text).toBe('# Äpp\n');
    await narrow.close();
  });

  it('tell no metadata when their time is over, and not that there is none', async () => {
    const pool = createInspectorPool({ ...poolLimits, threads: 1, work: 1 });
    const hurried = createArtifactInspector(ports, pool);
    const history = Array.from({ length: 80_000 }, (_, n) => ({ created_by: [n] }));
    const image = imageOf({ history });
    const told = hurried.describe('p/app', image, mediaType.ociManifest);
    await expect(told).rejects.toThrow('too long');
    await hurried.close();
  });

  it('are not held up by storage, whose time is not theirs', async () => {
    const archive = tgzOf([...chart, { name: 'app/late' }]);
    const late = inspectorOf(archive, async function* () {
      for (let at = 0; at < archive.length; at += 50) {
        vi.advanceTimersByTime(5000);
        yield archive.subarray(at, at + 50);
      }
    });
    expect((await read(chartOf(archive), 'readme.md', late)).text).toBe('# Äpp\n');
    await late.close();
  });

  it('do not wait for storage that stalls', async () => {
    const archive = tgzOf([...chart, { name: 'app/stalled' }]);
    const stalled = inspectorOf(archive, async function* () {
      yield archive.subarray(0, 50);
      // Once the clock runs that is set when this read begins.
      await Promise.resolve();
      vi.advanceTimersByTime(10_000);
      await new Promise(() => undefined);
    });
    await expect(read(chartOf(archive), 'readme.md', stalled)).rejects.toThrow('storage');
    await stalled.close();
    // It was not the content's fault, so nobody remembers it.
    vi.useRealTimers();
    expect((await read(chartOf(archive), 'readme.md')).text).toBe('# Äpp\n');
  });

  it('let so many wait and refuse the rest', async () => {
    const pool = createInspectorPool({ ...poolLimits, threads: 1, waiting: 2 });
    const crowded = createArtifactInspector(ports, pool);
    const contents = [1, 2, 3, 4].map((n) => chartOf(tgzOf([...chart, { name: `app/crowd${n}` }])));
    const answers = await Promise.all(contents.map((one) => refusal(one, 'readme.md', crowded)));
    expect(answers).toEqual(['# Äpp\n', '# Äpp\n', '# Äpp\n', 'unavailable']);
    await crowded.close();
    const another = chartOf(tgzOf([...chart, { name: 'app/closed' }]));
    expect(await refusal(another, 'readme.md', crowded)).toBe('unavailable');
  });
});

/** An inspector whose storage reads so, with a clock that stands still but for the test's own. */
function inspectorOf(content: Buffer, read: () => AsyncGenerator<Buffer>) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  return createArtifactInspector({
    ...ports,
    openBlob: async () => ({ size: content.length, read }),
  });
}

/** The same numbers in every run (mulberry32); each below `below`. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
