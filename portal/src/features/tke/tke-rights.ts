import type { ChartGroup, Namespace, UserInfo } from './tke-types.ts';

/** What of a caller decides which buttons there are; the registry decides what they do. */
export interface Caller {
  readonly name: string;
  readonly tenant: string;
  /** Of its tenant, or of the whole registry. */
  readonly isAdmin: boolean;
  /** Of the whole registry: sees all tenants. */
  readonly isPrivileged: boolean;
  /** May make and change; viewers only read. */
  readonly isMember: boolean;
  readonly projects: readonly string[];
}

export const nobody: Caller = {
  name: '',
  tenant: '',
  isAdmin: false,
  isPrivileged: false,
  isMember: false,
  projects: [],
};

const PROJECT = 'project:';

export function callerOf({ name, groups, extra }: UserInfo): Caller {
  const [role] = extra.role ?? [];
  const isPrivileged = extra.privileged?.[0] === 'true';
  return {
    name,
    tenant: extra.tenantid[0] ?? '',
    isAdmin: isPrivileged || role === 'admin',
    isPrivileged,
    isMember: role === 'member',
    projects: groups
      .filter((group) => group.startsWith(PROJECT))
      .map((group) => group.slice(PROJECT.length)),
  };
}

export function canCreate({ isAdmin, isMember }: Caller): boolean {
  return isAdmin || isMember;
}

export function canChangeNamespace(caller: Caller, { spec }: Namespace): boolean {
  if (caller.isAdmin) return true;
  const projects = spec.projects ?? [];
  if (spec.type === 'Project' && projects.length === 0) return caller.isMember;
  return canDeleteNamespace(caller, { spec });
}

export function canDeleteNamespace(caller: Caller, { spec }: Pick<Namespace, 'spec'>): boolean {
  if (caller.isAdmin) return true;
  if (spec.type === 'Personal') return spec.name === caller.name;
  return spec.type === 'Project' && isIn(caller, spec.projects ?? []);
}

export function canManageChartGroup(caller: Caller, { spec }: ChartGroup): boolean {
  if (caller.isAdmin) return true;
  if (spec.type === 'System') return false;
  if (spec.visibility === 'Project') return isIn(caller, spec.projects);
  if (!caller.isMember) return false;
  const isListed = spec.visibility === 'User' && spec.users.includes(caller.name);
  return spec.creator === caller.name || isListed;
}

export function canDeleteChartGroup(caller: Caller, group: ChartGroup): boolean {
  if (group.spec.type === 'System') return caller.isPrivileged;
  return canManageChartGroup(caller, group);
}

/** Charts of imported groups come and go with what they mirror. */
export function canDeleteCharts(caller: Caller, group: ChartGroup): boolean {
  return group.spec.type !== 'Imported' && canManageChartGroup(caller, group);
}

function isIn(caller: Caller, projects: readonly string[]): boolean {
  return projects.some((project) => caller.projects.includes(project));
}
