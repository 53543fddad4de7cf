import type { FieldTerm, KubeCaller } from '../../kube/index.ts';
import { badRequest } from './refusals.ts';

type RepoType = 'user' | 'project' | 'system' | 'public' | 'all';

/** The keys that the store does not know. */
export const virtualFields = ['repoType', 'projectID'] as const;

const names: Readonly<Record<string, RepoType>> = {
  user: 'user',
  person: 'user',
  personal: 'user',
  project: 'project',
  system: 'system',
  public: 'public',
  all: 'all',
};

export interface RepoTypeTerms {
  /** What is left for the ordinary selection. */
  readonly terms: readonly FieldTerm[];
  readonly repoType: RepoType | undefined;
  readonly projectId: string | undefined;
}

/**
 * Takes `repoType` and `projectID` out of a field selector.
 *
 * @param key as the message names it: `repoType`, for charts `spec.repoType`
 * @throws StatusError 400
 */
export function takeRepoType(terms: readonly FieldTerm[], key: string): RepoTypeTerms {
  let repoType: RepoType | undefined;
  let projectId: string | undefined;
  const rest: FieldTerm[] = [];
  for (const term of terms) {
    const isVirtual = virtualFields.some((field) => field === term.field);
    if (!isVirtual) {
      rest.push(term);
      continue;
    }
    if (term.operator !== '=') throw badRequest(`${term.field} cannot be compared with !=`);
    if (term.field === 'projectID') projectId = term.value;
    else repoType = parseRepoType(term.value, key);
  }
  return { terms: rest, repoType, projectId };
}

function parseRepoType(value: string, key: string): RepoType {
  const repoType = Object.hasOwn(names, value.toLowerCase())
    ? names[value.toLowerCase()]
    : undefined;
  if (repoType === undefined) throw badRequest(`unsupport ${key}: ${value}`);
  return repoType;
}

/** What a repoType looks at, of a Namespace or a ChartGroup. */
export interface Shared {
  /** Undefined: it is nobody's own. */
  readonly owners: readonly string[] | undefined;
  /** Undefined: it is no project's. */
  readonly projects: readonly string[] | undefined;
  /** It belongs to the whole tenant. */
  readonly isForAll: boolean;
  readonly isSystem: boolean;
  readonly isPublic: boolean;
}

/** Whether the caller's list with these terms has it (reference §1.6). */
export function isSelected(
  shared: Shared,
  { repoType, projectId }: RepoTypeTerms,
  caller: KubeCaller,
): boolean {
  const seesAll = caller.isPrivileged || caller.role === 'admin';
  const isOwn = () =>
    shared.owners !== undefined && (seesAll || shared.owners.includes(caller.username));
  const isOfProject = () =>
    shared.projects !== undefined &&
    (seesAll ||
      shared.isForAll ||
      shared.projects.some((project) => caller.projects.has(project))) &&
    (projectId === undefined || shared.projects.includes(projectId));
  switch (repoType) {
    case 'user':
      return isOwn();
    case 'project':
      return isOfProject();
    case 'system':
      return shared.isSystem;
    case 'public':
      return shared.isPublic;
    case 'all':
      return isOwn() || isOfProject() || shared.isPublic;
    case undefined:
      return projectId === undefined || isOfProject();
  }
}
