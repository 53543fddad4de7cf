import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { anonymous, type Principal } from '../access/index.ts';
import { createLiveHub } from './live-hub.ts';
import type { EndReason, Listener } from './live-stream.ts';

const ann: Principal = { kind: 'user', id: 1, username: 'ann', isAdmin: false, groupIds: [] };

function listener(changes: Partial<Listener> = {}): Listener {
  return {
    owner: 'user:1',
    principal: ann,
    signals: new Map([
      ['jobs', 'jobs'],
      ['repository:3:a/b', 'repository:a/b'],
    ]),
    review: () => Promise.resolve(ann),
    ...changes,
  };
}

const READY = 'event: ready\ndata: {}\n\n';
const change = (...topics: string[]) => `event: change\ndata: ${JSON.stringify({ topics })}\n\n`;

/** What a client has read so far. */
function read(stream: ReturnType<ReturnType<typeof createLiveHub>['open']>): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a stream', () => {
  it('begins with that it is ready, and tells the topics asked for alone', async () => {
    const hub = createLiveHub();
    const text = read(hub.open(listener()));
    hub.notify('gc');
    hub.notify('repository:3:a/b');
    await vi.advanceTimersByTimeAsync(1);
    expect(text()).toBe(READY + change('repository:a/b'));
  });

  it('begins with what has changed just before, which a page may have asked too early for', async () => {
    const hub = createLiveHub();
    hub.notify('jobs');
    await vi.advanceTimersByTimeAsync(2_100);
    hub.notify('repository:3:a/b');
    hub.notify('gc');
    await vi.advanceTimersByTimeAsync(100);
    const text = read(hub.open(listener()));
    await vi.advanceTimersByTimeAsync(1);
    expect(text()).toBe(READY + change('repository:a/b'));
  });

  it('tells at most once in 250 ms, each topic once', async () => {
    const hub = createLiveHub();
    const text = read(hub.open(listener()));
    hub.notify('jobs');
    hub.notify('jobs');
    await vi.advanceTimersByTimeAsync(1);
    expect(text()).toBe(READY + change('jobs'));
    hub.notify('jobs');
    hub.notify('repository:3:a/b');
    await vi.advanceTimersByTimeAsync(240);
    hub.notify('jobs');
    expect(text()).toBe(READY + change('jobs'));
    await vi.advanceTimersByTimeAsync(10);
    expect(text()).toBe(READY + change('jobs') + change('jobs', 'repository:a/b'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(text().match(/event: change/g)).toHaveLength(2);
    hub.notify('repository:3:a/b');
    await vi.advanceTimersByTimeAsync(1);
    expect(text().endsWith(change('repository:a/b'))).toBe(true);
  });

  it('is told nothing that its caller may not hear of', async () => {
    const hub = createLiveHub();
    const known = read(hub.open(listener()));
    const unknown = read(hub.open(listener({ principal: anonymous })));
    hub.notify('jobs', ({ kind }) => kind === 'user');
    await vi.advanceTimersByTimeAsync(1);
    expect([known(), unknown()]).toEqual([READY + change('jobs'), READY]);
  });

  it('beats every 15 s', async () => {
    const text = read(createLiveHub().open(listener()));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(text()).toBe(`${READY}: beat\n\n: beat\n\n`);
  });

  it.each(['unauthenticated', 'forbidden'] as const)('ends with %s at a beat', async (reason) => {
    const hub = createLiveHub();
    let found: Principal | EndReason = ann;
    const text = read(hub.open(listener({ review: () => Promise.resolve(found) })));
    await vi.advanceTimersByTimeAsync(15_000);
    expect(hub.isEmpty).toBe(false);
    found = reason;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(text()).toMatch(`event: end\ndata: {"reason":"${reason}"}\n\n`);
    expect(hub.isEmpty).toBe(true);
    hub.notify('jobs');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(text()).toMatch(/"}\n\n$/);
  });

  it('goes on while the caller cannot be looked at', async () => {
    const hub = createLiveHub();
    const review = () => Promise.reject(new Error('the database is away'));
    const text = read(hub.open(listener({ review })));
    await vi.advanceTimersByTimeAsync(15_000);
    hub.notify('jobs');
    await vi.advanceTimersByTimeAsync(1);
    expect(text()).toBe(`${READY}: beat\n\n${change('jobs')}`);
  });

  it('is cut when its client does not read', async () => {
    const hub = createLiveHub();
    const stream = hub.open(listener());
    for (let at = 0; at < 2_000 && !stream.destroyed; at += 1) {
      hub.notify('jobs');
      await vi.advanceTimersByTimeAsync(250);
      expect(stream.readableLength).toBeLessThan(17 * 1024);
    }
    expect(stream.destroyed).toBe(true);
    expect(hub.isEmpty).toBe(true);
  });

  it('does nothing more once its client is gone', async () => {
    const hub = createLiveHub();
    const stream = hub.open(listener());
    stream.destroy();
    await vi.advanceTimersByTimeAsync(0);
    expect([hub.isEmpty, hub.hears('jobs'), vi.getTimerCount()]).toEqual([true, false, 0]);
  });
});

describe('the hub', () => {
  it('opens no more for one owner than it may have, and again once one is gone', async () => {
    const hub = createLiveHub({ limits: { perOwner: 2, inAll: 10 } });
    const first = hub.open(listener());
    hub.open(listener());
    expect(() => hub.open(listener())).toThrow(expect.objectContaining({ kind: 'too-many' }));
    hub.open(listener({ owner: 'user:2' }));
    first.destroy();
    await vi.advanceTimersByTimeAsync(0);
    expect(() => hub.open(listener())).not.toThrow();
  });

  it('opens no more in all than the process may have', () => {
    const hub = createLiveHub({ limits: { perOwner: 2, inAll: 3 } });
    for (const owner of ['a', 'b', 'c']) hub.open(listener({ owner }));
    expect(() => hub.open(listener({ owner: 'd' }))).toThrow(
      expect.objectContaining({ kind: 'too-many' }),
    );
  });

  it('ends all streams when it is closed, and opens no other', async () => {
    const hub = createLiveHub();
    const stream = hub.open(listener());
    const text = read(stream);
    hub.close();
    await vi.advanceTimersByTimeAsync(0);
    expect([text(), stream.readableEnded, hub.isEmpty]).toEqual([READY, true, true]);
    expect(() => hub.open(listener())).toThrow(expect.objectContaining({ kind: 'unavailable' }));
  });

  it('tells everybody of all topics when something may have been missed', async () => {
    const hub = createLiveHub();
    const text = read(hub.open(listener()));
    hub.notifyAll();
    await vi.advanceTimersByTimeAsync(1);
    expect(text()).toBe(READY + change('jobs', 'repository:a/b'));
  });
});
