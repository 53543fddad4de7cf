import type { Principal } from '../access/index.ts';
import type { ProjectsService, Visibility } from '../projects/index.ts';
import type { SearchRepository } from './search.repository.ts';
import { type FoundContent, isShort, type SearchKind, searchKinds } from './search.ts';

type FoundProjects = Awaited<ReturnType<ProjectsService['listProjects']>>['projects'];

export interface Found extends FoundContent {
  readonly project: FoundProjects;
  /** Kinds of which there is more than was found. */
  readonly truncated: readonly SearchKind[];
}

export interface SearchServicePorts {
  readonly repository: SearchRepository;
  readonly projects: Pick<ProjectsService, 'listProjects' | 'visibilityOf'>;
  /** Projects whose labels the caller may list by a right of its own, not because they are public. */
  listLabelProjectIds(principal: Principal): Promise<readonly number[]>;
}

export interface SearchService {
  /**
   * What the caller may know of and what matches `text`, 100 of each kind at most. Names match by
   * any part of them, and by their beginning where `text` has one or two characters; digests by
   * their beginning, annotations by the beginnings of words in their values.
   *
   * @param kind searches for nothing else
   */
  search(principal: Principal, text: string, kind: SearchKind | undefined): Promise<Found>;
}

export const MAX_FOUND = 100;
/** Comes after all characters that the name of a project may have. */
const ABOVE_NAMES = '\u007f';

export function createSearchService(ports: SearchServicePorts): SearchService {
  return {
    async search(principal, given, kind) {
      // Nothing that can be found begins or ends with a space.
      const text = given.trim();
      if (text === '') return nothing;
      const kinds = new Set(kind === undefined ? searchKinds : [kind]);
      const content = await ports.repository.search({
        text,
        kinds,
        content: visibilityOfContent(ports, principal),
        labels: await visibilityOfLabels(ports, principal, kinds),
        limit: MAX_FOUND + 1,
      });
      const project = kinds.has('project') ? await listProjects(ports, principal, text) : [];
      return cut({ ...content, project });
    },
  };
}

const nothing: Found = {
  project: [],
  repository: [],
  chart: [],
  tag: [],
  artifact: [],
  label: [],
  annotation: [],
  truncated: [],
};

function cut(found: Omit<Found, 'truncated'>): Found {
  return {
    project: found.project.slice(0, MAX_FOUND),
    repository: found.repository.slice(0, MAX_FOUND),
    chart: found.chart.slice(0, MAX_FOUND),
    tag: found.tag.slice(0, MAX_FOUND),
    artifact: found.artifact.slice(0, MAX_FOUND),
    label: found.label.slice(0, MAX_FOUND),
    annotation: found.annotation.slice(0, MAX_FOUND),
    truncated: searchKinds.filter((kind) => found[kind].length > MAX_FOUND),
  };
}

async function listProjects(
  { projects }: SearchServicePorts,
  principal: Principal,
  text: string,
): Promise<FoundProjects> {
  const range = { min: text.toLowerCase(), max: text.toLowerCase() + ABOVE_NAMES };
  const filter = isShort(text)
    ? { predicates: [{ column: 'project.name', type: 'text', op: 'range', ...range } as const] }
    : { name: text };
  const page = { offset: 0, limit: MAX_FOUND + 1 };
  return (await projects.listProjects(principal, filter, page)).projects;
}

/** A robot may know a project without knowing what is in its repositories. */
function visibilityOfContent({ projects }: SearchServicePorts, principal: Principal): Visibility {
  return projects.visibilityOf(principal, principal.kind === 'robot' ? 'registry' : 'api');
}

/** Limited guests and most robots may not list the labels of a project that they see. */
async function visibilityOfLabels(
  ports: SearchServicePorts,
  principal: Principal,
  kinds: ReadonlySet<SearchKind>,
): Promise<Visibility> {
  const visibility = ports.projects.visibilityOf(principal, 'api');
  if (visibility === 'all' && principal.kind === 'user') return 'all';
  const includesPublic = visibility === 'all' || visibility.includesPublic;
  const projectIds = kinds.has('label') ? await ports.listLabelProjectIds(principal) : [];
  return { includesPublic, projectIds, member: undefined };
}
