import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageConfigOf } from './image-config.ts';

const read = (image: unknown) => imageConfigOf(Buffer.from(JSON.stringify(image)));

const empty = {
  env: [],
  entrypoint: [],
  cmd: [],
  exposedPorts: [],
  volumes: [],
  labels: {},
  history: [],
};

describe('the config of an image', () => {
  it('is read field by field', () => {
    const config = read({
      os: 'linux',
      architecture: 'arm64',
      variant: 'v8',
      created: '2026-01-02T03:04:05.678901234+02:00',
      author: 'Ann',
      config: {
        User: '1000',
        Env: ['A=b'],
        Entrypoint: ['/bin/app'],
        Cmd: ['--help'],
        WorkingDir: '/srv',
        ExposedPorts: { '80/tcp': {} },
        Volumes: { '/data': {} },
        Labels: { a: 'b' },
        StopSignal: 'SIGINT',
      },
      history: [
        { created: '2026-01-01T00:00:00Z', created_by: 'ADD x', comment: 'c' },
        { created_by: 'CMD y', empty_layer: true },
      ],
    });
    expect(config).toEqual({
      os: 'linux',
      architecture: 'arm64',
      variant: 'v8',
      created: '2026-01-02T01:04:05.678Z',
      author: 'Ann',
      user: '1000',
      env: ['A=b'],
      entrypoint: ['/bin/app'],
      cmd: ['--help'],
      workingDir: '/srv',
      exposedPorts: ['80/tcp'],
      volumes: ['/data'],
      labels: { a: 'b' },
      stopSignal: 'SIGINT',
      history: [
        { created: '2026-01-01T00:00:00.000Z', createdBy: 'ADD x', comment: 'c', isEmpty: false },
        { created: undefined, createdBy: 'CMD y', comment: undefined, isEmpty: true },
      ],
    });
  });

  it.each([
    [{}],
    [{ config: null, history: null }],
    [{ os: 1, created: 'yesterday', config: [], history: {} }],
    [{ created: '0000-01-01T00:00:00+23:00', config: { Env: 'A=b', Labels: [1], Volumes: [] } }],
    [{ config: { Env: [1, null, ''], Labels: { a: 1 } }, history: [1, null, 'x'] }],
  ])('of other types than it should be says nothing: %j', (image) => {
    expect(read(image)).toEqual(empty);
  });

  it('is cut where it is too long', () => {
    const long = 'x'.repeat(10_000);
    const config = read({
      os: long,
      config: { Env: Array(5000).fill(long.slice(0, 5000)), Labels: { [long]: long } },
      history: Array.from({ length: 12_000 }, () => ({ created_by: 'x' })),
    });
    expect([config.os?.length, config.env.length, config.env[0]?.length]).toEqual([
      255, 1000, 4096,
    ]);
    expect(Object.entries(config.labels).map(([key, text]) => key.length + text.length)).toEqual([
      255 + 4096,
    ]);
    expect(config.history).toHaveLength(10_000);
  });

  it('is text that can be sent on, even where it is cut in the middle of a character', () => {
    expect(read({ os: `${'x'.repeat(254)}😀` }).os).toBe(`${'x'.repeat(254)}\ufffd`);
  });

  it('is read from whatever is in its fields', () => {
    const keys = fc.constantFrom('Env', 'Labels', 'Volumes', 'User', 'created', 'created_by', 'a');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'grapheme' }),
        fc.integer(),
        fc.constantFrom(null, true, '2026-01-01T00:00:00Z'),
        fc.array(tie('value')),
        fc.dictionary(keys, tie('value')),
      ),
    }));
    const fields = fc.constantFrom('config', 'history', 'os', 'created');
    fc.assert(
      fc.property(fc.dictionary(fields, value), (image) => {
        const { history, ...config } = read(image);
        expect(config.env.every((text) => typeof text === 'string')).toBe(true);
        expect(history.every(({ createdBy }) => typeof createdBy === 'string')).toBe(true);
      }),
    );
  });
});
