import { describe, expect, it } from 'vitest';
import type { ReadOperation } from './load.ts';
import { formatScript, parseResult } from './wrk.ts';

const operation: ReadOperation = {
  kind: 'read',
  method: 'GET',
  paths: ['/a', '/b"c'],
  order: [1, 0, 1],
  status: 200,
  bytes: 400,
};

describe('formatScript', () => {
  it('writes paths, order (counting from 1) and headers as Lua', () => {
    const script = formatScript({
      address: { host: '127.0.0.1', port: 1 },
      connections: 1,
      headers: { authorization: 'Bearer x' },
      until: { seconds: 1 },
      operation: { ...operation, etags: ['"e"', '"f"'] },
    });
    expect(script).toContain('local etags = {"\\"e\\"","\\"f\\""}');
    expect(script).toContain('local paths = {"/a","/b\\"c"}');
    expect(script).toContain('local order = {2,1,2}');
    expect(script).toContain('{["authorization"]="Bearer x"}');
  });
});

describe('parseResult', () => {
  it('reads counts and turns microseconds into seconds and milliseconds', () => {
    const result = parseResult(
      'Running…\nRESULT 1000 5000000 600000 0 1500 5000 9000\n',
      operation,
    );
    expect(result).toMatchObject({ operations: 1000, seconds: 5, p50Ms: 1.5, p95Ms: 5, p99Ms: 9 });
    expect(result.bytes).toBe(400_000);
  });

  it.each([
    ['1 failed requests', 'RESULT 1000 5000000 600000 1 1 1'],
    ['399999 bytes for 1000 answers of 400 bytes', 'RESULT 1000 5000000 399999 0 1 1'],
    ['completed no request', 'RESULT 0 5000000 0 0 1 1'],
    ['wrk said: unable to connect', 'unable to connect'],
  ])('throws on %s', (message, output) => {
    expect(() => parseResult(output, operation)).toThrow(message);
  });
});
