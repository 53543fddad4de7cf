import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOf, mediaType } from '@berth/oci';
import { expect, it } from 'vitest';
import { loseCommitAnswer } from './database.ts';
import { createCaller, createProject, waitFor } from './http.ts';
import { createLedger } from './ledger.ts';
import { runLoad } from './load.ts';
import { createRandom } from './random.ts';
import { createCrashServer } from './server.ts';
import { openSession, type Trouble } from './session.ts';
import { verify } from './verification.ts';
import { CRASH_PROJECT, createWorld } from './world.ts';

const RECOVERY_LIMIT_MS = 10_000;
/** A connection to a dead database is given up after 3 s. */
const ANSWER_LIMIT_MS = 5_000;

it('answers 503 while PostgreSQL is dead, and recovers by itself', {
  timeout: 60_000,
}, async () => {
  const seed = process.env['CRASH_SEED'] ?? String(Date.now() % 1_000_000);
  const facts = await mkdtemp(join(tmpdir(), 'berth-ledger-'));
  await using server = await createCrashServer();
  const ledger = await createLedger(join(facts, 'facts.jsonl'));
  await server.start();
  const caller = createCaller(server.url);
  await createProject(caller, CRASH_PROJECT);

  const world = createWorld(seed);
  const end = new AbortController();
  let trouble: Trouble = 'none';
  const session = openSession(server.url, ledger, { signal: end.signal, trouble: () => trouble });
  const load = runLoad({ session, world, random: createRandom(seed), isPersistent: true });
  const statuses = new Set<number>();
  let slowest = 0;
  await delay(1_500);
  trouble = 'database';
  for (const backends of [false, true]) {
    await server.killDatabase({ backends });
    const recovery = await waitFor('a push is taken again', RECOVERY_LIMIT_MS, async () => {
      const start = performance.now();
      const answer = await caller.call('POST', `/v2/${CRASH_PROJECT}/probe/blobs/uploads/`);
      slowest = Math.max(slowest, performance.now() - start);
      statuses.add(answer.status);
      return answer.status === 202;
    });
    expect(recovery).toBeLessThan(RECOVERY_LIMIT_MS);
    await delay(700);
  }
  end.abort();
  await load;
  expect([...statuses].filter((status) => ![202, 503].includes(status))).toEqual([]);
  expect(statuses).toContain(503);
  expect(slowest).toBeLessThan(ANSWER_LIMIT_MS);

  ledger.settle();
  const alive = openSession(server.url, ledger);
  await verify({ session: alive, world, isFull: true });
  // What memory said must be what the database says.
  expect(await server.stop()).toBe(0);
  await server.start();
  const fresh = openSession(server.url, ledger);
  const verified = await verify({ session: fresh, world, isFull: true });
  for (const { caller } of [session, alive, fresh]) caller.close();
  caller.close();
  await ledger.close();
  await rm(facts, { recursive: true, force: true });

  expect(verified).toBeGreaterThan(20);
  expect(session.violations, `during the load, CRASH_SEED=${seed}`).toEqual([]);
  expect(alive.violations, `after it, CRASH_SEED=${seed}`).toEqual([]);
  expect(fresh.violations, `after a restart, CRASH_SEED=${seed}`).toEqual([]);
});

it('serves nothing from memory that a commit without an answer has taken', async () => {
  await using server = await createCrashServer();
  await server.start();
  const caller = createCaller(server.url);
  await createProject(caller, 'lost');
  const config = Buffer.from('{}');
  const digest = digestOf(config);
  const item = { digest, size: config.length, seed: '' };
  const { bytes } = createWorld('lost').createImage(item, [item]);
  await caller.call('POST', `/v2/lost/a/blobs/uploads/?digest=${digest}`, { body: config });
  const path = '/v2/lost/a/manifests/latest';
  const headers = { 'content-type': mediaType.ociManifest };
  const pushed = await caller.call('PUT', path, { headers, body: bytes });
  expect(pushed.status).toBe(201);
  expect((await caller.call('GET', path)).status).toBe(200);

  const answer = await loseCommitAnswer(server, () => caller.call('DELETE', path));
  expect(answer.status).toBe(503);
  const list = await caller.call('GET', '/v2/lost/a/tags/list');
  expect(list.body.toString()).not.toContain('latest');
  expect((await caller.call('GET', path)).status).toBe(404);
  caller.close();
});
