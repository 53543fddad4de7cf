import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '@berth/oci';
import { describe, expect, it } from 'vitest';
import { holdBlobRows } from './database.ts';
import { createCaller, createProject, locationOf, waitFor } from './http.ts';
import { contentOf } from './random.ts';
import { runResume } from './resume.ts';
import { createCrashServer } from './server.ts';

const MIB = 1024 * 1024;

describe('an upload', { timeout: 60_000 }, () => {
  it('goes on after ten cuts, and sends at most one chunk again after each', async () => {
    const seed = process.env['CRASH_SEED'] ?? String(Date.now() % 1_000_000);
    const report = await runResume({ cuts: 10, size: 8 * MIB, chunk: MIB, seed });
    expect(report.violations, `CRASH_SEED=${seed}`).toEqual([]);
    expect(report.mostSentAgain.chunked).toBeLessThanOrEqual(MIB);
  });

  it('can be closed again when the server died after storing the bytes', async () => {
    await using server = await createCrashServer();
    await server.start();
    const bytes = contentOf('closing', 100_000);
    const digest = digestOf(bytes);
    const first = createCaller(server.url);
    await createProject(first, 'closing');
    const opened = await first.call('POST', '/v2/closing/a/blobs/uploads/');
    const path = locationOf(opened, server.url);
    await first.call('PATCH', path, { body: bytes });

    const release = await holdBlobRows(server);
    const put = first.call('PUT', `${path}?digest=${digest}`).catch(() => undefined);
    const hex = digest.slice('sha256:'.length);
    const blobs = join(server.dataDir, 'registry', 'docker', 'registry', 'v2', 'blobs', 'sha256');
    const data = join(blobs, hex.slice(0, 2), hex, 'data');
    await waitFor('the bytes are in place', 5_000, async () => (await stat(data)).isFile());
    await server.kill({ database: true });
    await put;
    await release();
    first.close();
    await server.start();

    const second = createCaller(server.url);
    const status = await second.call('GET', path);
    expect([status.status, status.headers.range]).toEqual([204, '0-99999']);
    const again = await second.call('PUT', `${path}?digest=${digest}`);
    expect([again.status, again.body.toString()]).toEqual([201, '']);
    const stored = await second.call('GET', `/v2/closing/a/blobs/${digest}`);
    expect(digestOf(stored.body)).toBe(digest);
    second.close();
  });
});
