import { LRUCache } from 'lru-cache';
import { compileRules, type RuleSelectors, type TagMatcher } from './immutable-rule.ts';

/**
 * Tells which tags can neither move nor go. Repositories are named by their path, which is the
 * name without the project: `app` for `team/app`.
 */
export interface Immutability {
  matches(projectId: number, repositoryPath: string, tag: string): Promise<boolean>;
  /** The same without waiting; undefined when the project's rules are not in memory. */
  peek(projectId: number, repositoryPath: string, tag: string): boolean | undefined;
  /** Those of the tags that it matches. */
  immutableAmong(
    projectId: number,
    repositoryPath: string,
    tags: readonly string[],
  ): Promise<ReadonlySet<string>>;
  /** The rules of one project, or of all, may have changed. */
  forget(projectId?: number): void;
}

export interface ImmutabilityPorts {
  readonly rules: { listEnabled(projectId: number): Promise<readonly RuleSelectors[]> };
  /** Whether changes elsewhere are heard of; while not, rules are read each time. */
  readonly isTrusted?: () => boolean;
}

/** Bounds how long another replica may go on with rules that changed. */
const RULES_MS = 30_000;
const MAX_PROJECTS = 5_000;

export function createImmutability({
  rules,
  isTrusted = () => true,
}: ImmutabilityPorts): Immutability {
  const matchers = new LRUCache<number, TagMatcher>({ max: MAX_PROJECTS, ttl: RULES_MS });
  /** Raised by every change; a read that began before one must not be kept after it. */
  let generation = 0;

  function findKept(projectId: number): TagMatcher | undefined {
    return isTrusted() ? matchers.get(projectId) : undefined;
  }

  async function getMatcher(projectId: number): Promise<TagMatcher> {
    const kept = findKept(projectId);
    if (kept !== undefined) return kept;
    const before = generation;
    const matcher = compileRules(await rules.listEnabled(projectId));
    if (before === generation) matchers.set(projectId, matcher);
    return matcher;
  }

  return {
    async matches(projectId, repositoryPath, tag) {
      return (await getMatcher(projectId))(repositoryPath, tag);
    },
    peek: (projectId, repositoryPath, tag) => findKept(projectId)?.(repositoryPath, tag),
    async immutableAmong(projectId, repositoryPath, tags) {
      if (tags.length === 0) return new Set();
      const matcher = await getMatcher(projectId);
      return new Set(tags.filter((tag) => matcher(repositoryPath, tag)));
    },
    forget(projectId) {
      generation += 1;
      if (projectId === undefined) matchers.clear();
      else matchers.delete(projectId);
    },
  };
}
