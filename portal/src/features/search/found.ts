import type { Answer } from '../../lib/api.ts';
import { presentReference, shortDigest, splitRepository } from '../../lib/reference.ts';
import type { SearchWords } from './messages.ts';

export const KINDS = [
  'project',
  'repository',
  'chart',
  'tag',
  'artifact',
  'label',
  'annotation',
] as const;
export type Kind = (typeof KINDS)[number];

/** One thing that was found, and where it is. */
export interface Finding {
  readonly key: string;
  readonly label: string;
  /** Beside the name: what tells it from others. */
  readonly details: readonly string[];
  readonly place: Place;
  readonly color?: string;
}

export type Place =
  | { readonly page: 'project' | 'labels'; readonly project: string }
  | { readonly page: 'reference'; readonly project: string; readonly reference: string }
  | { readonly page: 'global-labels' };

export interface FindingGroup {
  readonly kind: Kind;
  readonly findings: readonly Finding[];
  /** There is more than the registry tells at once. */
  readonly isTruncated: boolean;
}

type Found = Answer<'search'>;
type Reader = (found: Found, m: SearchWords) => readonly Finding[];

const readers: Readonly<Record<Kind, Reader>> = {
  project: ({ project }, m) =>
    project.map(({ name, metadata, repo_count: count }) => ({
      key: name,
      label: name,
      details: [metadata?.['public'] === 'true' ? m.isPublic : m.isPrivate, m.repositories(count)],
      place: { page: 'project', project: name },
    })),
  repository: ({ repository }, m) =>
    repository.map((item) => ({
      ...refer(item.repository_name),
      details: [m.artifacts(item.artifact_count), m.pulls(item.pull_count)],
    })),
  chart: ({ chart }) =>
    chart.map(({ repository_name: name, name: title, version }) => ({
      ...refer(name),
      details: version === undefined ? [title] : [title, version],
    })),
  tag: ({ tag }) =>
    tag.map(({ repository_name: name, name: title, digest }) => ({
      ...refer(name, { tag: title }),
      details: [shortDigest(digest)],
    })),
  artifact: ({ artifact }) =>
    artifact.map(({ repository_name: name, digest, type }) => ({
      ...refer(name, { digest }),
      details: [type],
    })),
  label: ({ label }, m) =>
    label.map(({ id, name, description, color, project_name: project }) => ({
      key: String(id),
      label: name,
      color,
      details: [
        project === undefined ? m.global : m.ofProject(project),
        ...(description === '' ? [] : [description]),
      ],
      place: project === undefined ? { page: 'global-labels' } : { page: 'labels', project },
    })),
  annotation: ({ annotation }) =>
    annotation.map(({ repository_name: name, digest, key, value }) => ({
      ...refer(name, { digest }),
      key: `${name}@${digest} ${key}`,
      details: [`${key}: ${value}`],
    })),
};

/** What was found, by kind; kinds of which there is nothing are left out. */
export function groupFindings(found: Found, m: SearchWords): readonly FindingGroup[] {
  return KINDS.map((kind) => ({
    kind,
    findings: readers[kind](found, m),
    isTruncated: found.truncated.includes(kind),
  })).filter(({ findings }) => findings.length > 0);
}

function refer(name: string, at: { tag?: string; digest?: string } = {}): Omit<Finding, 'details'> {
  const { project, repository } = splitRepository(name);
  const reference = presentReference({ repository, ...at });
  const shown = at.digest === undefined ? reference : `${repository}@${shortDigest(at.digest)}`;
  return {
    key: `${project}/${reference}`,
    label: `${project}/${shown}`,
    place: { page: 'reference', project, reference },
  };
}
