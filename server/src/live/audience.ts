import { LRUCache } from 'lru-cache';
import { canInProject, type Principal, type ProjectDirectory } from '../access/index.ts';
import { GONE } from './changes.ts';
import type { OwnersRepository, ProjectMember } from './owners.repository.ts';

/** Who may know of a project. Asked of many callers at once, and so from memory. */
export interface Audiences {
  find(projectId: number): Promise<(principal: Principal) => boolean>;
  /** One project's members, or visibility, have changed. */
  forget(projectId: number): void;
  forgetAll(): void;
}

const MAX_PROJECTS = 1_000;
/** Bounds how long somebody who was a member hears that there is something new. */
const AUDIENCE_MS = 15_000;

export function createAudiences(ports: {
  readonly projects: Pick<ProjectDirectory, 'findPolicyById'>;
  readonly owners: Pick<OwnersRepository, 'listMembers'>;
}): Audiences {
  const known = new LRUCache<number, Promise<(principal: Principal) => boolean>>({
    max: MAX_PROJECTS,
    ttl: AUDIENCE_MS,
  });

  async function load(projectId: number): Promise<(principal: Principal) => boolean> {
    const project = await ports.projects.findPolicyById(projectId);
    if (project === undefined) return isKnown;
    const members = await ports.owners.listMembers(projectId);
    return (principal) =>
      canInProject(principal, project, rolesOf(principal, members), 'project', 'read');
  }

  return {
    async find(projectId) {
      if (projectId === GONE) return isKnown;
      const cached = known.get(projectId);
      if (cached !== undefined) return cached;
      const audience = load(projectId);
      known.set(projectId, audience);
      // What failed is tried again by the next who asks.
      audience.catch(() => known.delete(projectId));
      return audience;
    },
    forget: (projectId) => void known.delete(projectId),
    forgetAll: () => known.clear(),
  };
}

/** Of a deleted project all hear who are logged in: no name is told. */
function isKnown(principal: Principal): boolean {
  return principal.kind !== 'anonymous';
}

function rolesOf(principal: Principal, members: readonly ProjectMember[]): number[] {
  if (principal.kind !== 'user') return [];
  return members
    .filter(
      ({ userId, groupId }) =>
        userId === principal.id || (groupId !== undefined && principal.groupIds.includes(groupId)),
    )
    .map(({ roleId }) => roleId);
}
