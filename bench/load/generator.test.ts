import { describe, expect, it } from 'vitest';
import type { Connection } from './connection.ts';
import { runLoad } from './generator.ts';
import type { Load } from './load.ts';

const load: Load = {
  address: { host: '127.0.0.1', port: 1 },
  connections: 4,
  headers: {},
  until: { operations: 2500 },
  operation: { kind: 'read', method: 'GET', paths: ['/a'], order: [0], status: 200, bytes: 7 },
};

/** A server in memory that answers every request alike. */
function connectTo(answer: { status: number; bytes: number }): () => Promise<Connection> {
  return async () => ({
    send: async () => ({ ...answer, headers: '', body: '' }),
    close: () => undefined,
  });
}

describe('runLoad', () => {
  it('counts the bytes of all connections and not only of the last to answer', async () => {
    const result = await runLoad(load, connectTo({ status: 200, bytes: 7 }));
    expect(result.operations).toBe(2500);
    expect(result.bytes).toBe(2500 * 7);
  });

  it('marks the time of every thousandth operation', async () => {
    const { marks, seconds } = await runLoad(load, connectTo({ status: 200, bytes: 7 }));
    expect(marks).toHaveLength(2);
    expect(marks.at(-1)).toBeLessThanOrEqual(seconds);
  });

  it('is void after a wrong status', async () => {
    const run = runLoad(load, connectTo({ status: 503, bytes: 7 }));
    await expect(run).rejects.toThrow('503 instead of 200: GET /a');
  });

  it('is void after a wrong number of bytes', async () => {
    const run = runLoad(load, connectTo({ status: 200, bytes: 6 }));
    await expect(run).rejects.toThrow('6 bytes instead of 7: GET /a');
  });
});
