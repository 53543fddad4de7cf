import { presentProject } from '../projects/index.ts';
import type { Found } from './search.service.ts';
import type { FoundChart, FoundLabel, FoundRepository } from './search.ts';

/** Harbor's Search, and what we find beside it. */
export function presentFound(found: Found): object {
  return {
    project: found.project.map((project) => presentProject(project)),
    repository: found.repository.map(presentRepository),
    chart: found.chart.map(presentChart),
    tag: found.tag.map(({ repository, name, digest }) => ({
      repository_name: repository,
      name,
      digest,
    })),
    artifact: found.artifact.map(({ repository, digest, type }) => ({
      repository_name: repository,
      digest,
      type: type ?? 'UNKNOWN',
    })),
    label: found.label.map(presentLabel),
    annotation: found.annotation.map(({ repository, digest, key, value }) => ({
      repository_name: repository,
      digest,
      key,
      value,
    })),
    truncated: found.truncated,
  };
}

/** Harbor's SearchRepository. */
function presentRepository(repository: FoundRepository): object {
  return {
    project_id: repository.projectId,
    project_name: repository.projectName,
    project_public: repository.isPublic,
    repository_name: repository.name,
    pull_count: repository.pullCount,
    artifact_count: repository.artifactCount,
  };
}

function presentChart({ repository, name, version }: FoundChart): object {
  return {
    repository_name: repository,
    name: name ?? repository.slice(repository.lastIndexOf('/') + 1),
    ...(version !== null && { version }),
  };
}

/** Harbor's Label, without its times; labels of the system have the project id 0. */
function presentLabel({ projectId, projectName, ...label }: FoundLabel): object {
  return {
    id: label.id,
    name: label.name,
    description: label.description,
    color: label.color,
    scope: projectId === null ? 'g' : 'p',
    project_id: projectId ?? 0,
    ...(projectName !== null && { project_name: projectName }),
  };
}
