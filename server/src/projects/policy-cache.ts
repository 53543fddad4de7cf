import { LRUCache } from 'lru-cache';
import type { ProjectPolicy } from '../access/index.ts';

/** Bounds how long another replica may go on with a policy that changed. */
const POLICY_MS = 30_000;
const MAX_POLICIES = 10_000;

/** Policies by name and by id. That a project does not exist is never remembered. */
export interface PolicyCache {
  peek(name: string): ProjectPolicy | undefined;
  find(reference: string | number): Promise<ProjectPolicy | undefined>;
  /** One project, or all. */
  forget(name?: string): void;
}

export function createPolicyCache(
  load: (reference: string | number) => Promise<ProjectPolicy | undefined>,
): PolicyCache {
  const policies = new LRUCache<string, ProjectPolicy>({ max: MAX_POLICIES, ttl: POLICY_MS });
  /** Names never change; a stale one leads to no policy, or to one with another id. */
  const names = new LRUCache<number, string>({ max: MAX_POLICIES });
  /** Raised by every change; a read that began before one must not be cached after it. */
  let generation = 0;

  function peek(reference: string | number): ProjectPolicy | undefined {
    if (typeof reference === 'string') return policies.get(reference);
    const name = names.get(reference);
    const policy = name === undefined ? undefined : policies.get(name);
    return policy?.id === reference ? policy : undefined;
  }

  return {
    peek,
    async find(reference) {
      const cached = peek(reference);
      if (cached !== undefined) return cached;
      const before = generation;
      const policy = await load(reference);
      if (policy !== undefined && before === generation) {
        policies.set(policy.name, policy);
        names.set(policy.id, policy.name);
      }
      return policy;
    },
    forget(name) {
      generation += 1;
      if (name === undefined) policies.clear();
      else policies.delete(name);
    },
  };
}
