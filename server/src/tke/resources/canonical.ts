import type { ChartGroupType, NamespaceType, Phase } from './types.ts';

export const imageVisibilities = ['Public', 'Private'] as const;
export const chartVisibilities = ['Public', 'User', 'Project'] as const;
export const chartGroupTypes = ['SelfBuilt', 'Imported', 'System'] as const;
export const namespaceTypes = ['Personal', 'Project', 'System'] as const;
const phases: readonly Phase[] = ['Pending', 'Available', 'Failed', 'Terminating'];

/** The supported value that the text means in any case, else the text, for validation to refuse. */
export function canonical<T extends string>(text: string, supported: readonly T[]): T {
  const found = supported.find((value) => value.toLowerCase() === text.toLowerCase());
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- until validation has refused it
  return found ?? (text as T);
}

/** `person`, `personal` and `user` mean the same (both generations of the API). */
export function namespaceType(text: string): NamespaceType {
  const personal = ['person', 'personal', 'user'];
  return personal.includes(text.toLowerCase()) ? 'Personal' : canonical(text, namespaceTypes);
}

export function phaseOf(text: string): Phase {
  return phases.find((phase) => phase === text) ?? 'Pending';
}

/** What a chart group was called and shown to in the first generation, in words of the second. */
export interface ChartGroupKind {
  readonly type: ChartGroupType;
  readonly visibility: 'Public' | 'User' | 'Project';
  /** The group is the user's of its name. */
  readonly isPersonal: boolean;
}

/** Reference §1.4: personal → SelfBuilt for its user, project → SelfBuilt for its projects. */
export function chartGroupKind(type: string, visibility: string): ChartGroupKind {
  const former = type.toLowerCase();
  const isPersonal = former === 'personal' || former === 'person';
  if (isPersonal || former === 'project') {
    const narrow = isPersonal ? 'User' : 'Project';
    const isNarrow = visibility === '' || visibility.toLowerCase() === 'private';
    return {
      type: 'SelfBuilt',
      visibility: isNarrow ? narrow : canonical(visibility, chartVisibilities),
      isPersonal,
    };
  }
  return {
    type: canonical(type === '' ? 'SelfBuilt' : type, chartGroupTypes),
    visibility: canonical(visibility === '' ? 'Public' : visibility, chartVisibilities),
    isPersonal,
  };
}
