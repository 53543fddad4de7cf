import { describe, expect, it } from 'vitest';
import type { ProjectPolicy } from '../access/index.ts';
import { createPolicyCache } from './policy-cache.ts';

const team: ProjectPolicy = { id: 5, name: 'team', isPublic: false, accessEpoch: 0 };

function cacheOf(load: (reference: string | number) => ProjectPolicy | undefined) {
  const loads: (string | number)[] = [];
  const cache = createPolicyCache(async (reference) => {
    loads.push(reference);
    return load(reference);
  });
  return { cache, loads };
}

describe('the cache of policies', () => {
  it('loads a project once, be it asked for by name or by id', async () => {
    const { cache, loads } = cacheOf(() => team);
    expect(cache.peek('team')).toBeUndefined();
    expect(await cache.find(5)).toEqual(team);
    expect(await cache.find('team')).toEqual(team);
    expect(await cache.find(5)).toEqual(team);
    expect(cache.peek('team')).toEqual(team);
    expect(loads).toEqual([5]);
  });

  it('asks again for what was forgotten, or was not there', async () => {
    const { cache, loads } = cacheOf((reference) => (reference === 'none' ? undefined : team));
    await cache.find('team');
    cache.forget('team');
    await cache.find(5);
    cache.forget();
    await cache.find('team');
    await cache.find('none');
    await cache.find('none');
    expect(loads).toEqual(['team', 5, 'team', 'none', 'none']);
  });

  it('does not take the old id for a project made again under the same name', async () => {
    let current: ProjectPolicy = team;
    const { cache } = cacheOf((reference) =>
      reference === current.id || reference === current.name ? current : undefined,
    );
    await cache.find(5);
    cache.forget('team');
    current = { ...team, id: 6 };
    await cache.find('team');
    expect(await cache.find(5)).toBeUndefined();
  });

  it('keeps nothing that was read while something changed', async () => {
    const gate = Promise.withResolvers<ProjectPolicy>();
    const cache = createPolicyCache(() => gate.promise);
    const finding = cache.find('team');
    cache.forget('other');
    gate.resolve(team);
    expect(await finding).toEqual(team);
    expect(cache.peek('team')).toBeUndefined();
  });
});
