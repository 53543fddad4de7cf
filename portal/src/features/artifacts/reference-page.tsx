import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { usePermissions } from '../../lib/permissions.ts';
import { type Project, ProjectContext, projectQuery } from '../../lib/project.ts';
import { parseReference } from '../../lib/reference.ts';
import { Busy, Failure, isAbsent } from '../../ui/states.tsx';
import { ArtifactPage } from './artifact-page.tsx';

import { RepositoryPage } from './repository-page.tsx';

/** `/p/{project}/r/…`: a repository, or an artifact of it by tag or digest. */
export function ReferencePage() {
  const { project: name = '', _splat: reference = '' } = useParams({ strict: false });
  const query = useQuery(projectQuery(name));
  const { data: project, error } = query;
  if (project !== undefined) return <Place key={reference} project={project} text={reference} />;
  if (isAbsent(error)) throw error;
  if (query.isError) return <Failure error={error} onRetry={() => void query.refetch()} />;
  return <Busy />;
}

function Place({ project, text }: { project: Project; text: string }) {
  const permissions = usePermissions(project.project_id);
  const { repository, tag, digest } = parseReference(text);
  const reference = digest ?? tag;
  return (
    <ProjectContext value={{ project, permissions }}>
      {reference === undefined ? (
        <RepositoryPage project={project} repository={repository} />
      ) : (
        <ArtifactPage project={project.name} repository={repository} reference={reference} />
      )}
    </ProjectContext>
  );
}
