import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManifestCache, type ManifestRequest } from './manifest-cache.ts';
import { type PreparedManifest, prepareManifest } from './prepared-manifest.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const RUSH = 100;
const byTag: ManifestRequest = { method: 'GET', stored: 'p/app', name: 'v1', accept: 'a/b' };
const byDigest: ManifestRequest = { ...byTag, name: 'sha256:1' };
const headOf = (request: ManifestRequest) => ({ ...request, method: 'HEAD' });
const manifest = (text: string) => prepareManifest(['ETag', `"${text}"`], Buffer.from(text));

const openCache = (over = {}) => new ManifestCache({ digestMs: 5_000, tagMs: 1_000, ...over });

function keep(cache: ManifestCache, request: ManifestRequest, given: PreparedManifest): void {
  cache.begin(request)?.(given);
}

/** Pulls of another tag, so many that those of any are spared. */
function rush(cache: ManifestCache): void {
  for (let pull = 0; pull < RUSH; pull += 1) cache.begin({ ...byTag, name: 'other' });
}

describe('a cache of manifests', () => {
  it('gives by digest what was kept, for its time', () => {
    const cache = openCache();
    const kept = manifest('one');
    keep(cache, byDigest, kept);
    expect(cache.peek(byDigest)).toBe(kept);
    expect(cache.peek({ ...byDigest, accept: undefined })).toBe(kept);
    expect(cache.peek({ ...byDigest, stored: 'p/other' })).toBeUndefined();
    vi.advanceTimersByTime(5_000);
    expect(cache.peek(byDigest)).toBeUndefined();
  });

  it('lets the first 100 pulls by tag through, to be counted, and spares Harbor more of them', () => {
    const cache = openCache();
    for (let pull = 0; pull < RUSH; pull += 1) {
      expect(cache.peek(byTag)).toBeUndefined();
      keep(cache, byTag, manifest(`${pull}`));
    }
    expect(cache.peek(byTag)?.latin1).toBe('99');
    vi.advanceTimersByTime(1_000);
    expect(cache.peek(byTag)).toBeUndefined();
    keep(cache, byTag, manifest('later'));
    expect(cache.peek(byTag)).toBeUndefined();
  });

  it('gives by tag only what the same types were asked for with', () => {
    const cache = openCache();
    keep(cache, byTag, manifest('one'));
    rush(cache);
    expect(cache.peek(byTag)).toBeDefined();
    expect(cache.peek({ ...byTag, accept: 'c/d' })).toBeUndefined();
  });

  it('counts the time from the question, not from the answer', () => {
    const cache = openCache();
    const keepLate = cache.begin(byTag);
    vi.advanceTimersByTime(999);
    keepLate?.(manifest('one'));
    rush(cache);
    expect(cache.peek(byTag)).toBeDefined();
    vi.advanceTimersByTime(1);
    expect(cache.peek(byTag)).toBeUndefined();
  });

  it('forgets what was asked for before a change, also when the answer comes after it', () => {
    const cache = openCache();
    rush(cache);
    keep(cache, byTag, manifest('old'));
    const keepLate = cache.begin(byTag);
    cache.forget('p/app');
    expect(cache.peek(byTag)).toBeUndefined();
    keepLate?.(manifest('old'));
    expect(cache.peek(byTag)).toBeUndefined();
    keep(cache, byTag, manifest('new'));
    expect(cache.peek(byTag)?.latin1).toBe('new');
  });

  it('keeps the answer to the last question, whichever comes first', () => {
    const cache = openCache();
    rush(cache);
    const keepOld = cache.begin(byTag);
    vi.advanceTimersByTime(1);
    keep(cache, byTag, manifest('new'));
    keepOld?.(manifest('old'));
    expect(cache.peek(byTag)?.latin1).toBe('new');
  });

  it('answers HEAD with what GET got, and not the other way round', () => {
    const cache = openCache();
    rush(cache);
    keep(cache, headOf(byTag), manifest(''));
    expect([cache.peek(headOf(byTag))?.latin1, cache.peek(byTag)]).toEqual(['', undefined]);
    keep(cache, byTag, manifest('one'));
    expect(cache.peek(headOf(byTag))?.latin1).toBe('one');
  });

  it('keeps nothing for no time', () => {
    const cache = openCache({ tagMs: 0 });
    rush(cache);
    expect(cache.begin(byTag)).toBeUndefined();
    expect(cache.begin(byDigest)).toBeDefined();
  });
});
