import { Alert, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { shortDigest } from '../../lib/reference.ts';
import { Link } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { Failure, isAbsent, SkeletonLines } from '../../ui/states.tsx';
import { ArtifactActions } from './artifact-actions.tsx';
import { ArtifactContext, type ArtifactPlace } from './artifact-place.ts';
import { artifactQuery } from './artifact-queries.ts';
import { ArtifactSummary } from './artifact-summary.tsx';
import { ArtifactTabs } from './artifact-tabs.tsx';
import { GetIt } from './get-it.tsx';
import { KindIcon } from './kind-icon.tsx';
import { artifactMessages } from './messages.ts';
import { ReferenceLink } from './reference-link.tsx';
import { repositoryKey } from './repository-data.ts';

interface ArtifactPageProps {
  readonly project: string;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

/** All there is to know of an artifact, and how to get it. */
export function ArtifactPage({ project, repository, reference }: ArtifactPageProps) {
  const place = { project, repository };
  const query = useQuery(artifactQuery(place, reference));
  useLive([`repository:${project}/${repository}`], [repositoryKey(place)]);
  const { data: artifact, error } = query;
  const isGone = isAbsent(error);
  if (artifact === undefined) {
    if (isGone) throw error;
    return (
      <Page title={`${repository} ${reference}`} trail={trailOf(place)}>
        {query.isError ? (
          <Failure error={error} onRetry={() => void query.refetch()} />
        ) : (
          <SkeletonLines count={8} />
        )}
      </Page>
    );
  }
  const tag = reference.includes(':') ? undefined : reference;
  return (
    <ArtifactContext value={{ ...place, artifact, tag }}>
      {isGone ? <GoneArtifact {...place} /> : null}
      <PresentArtifact {...place} artifact={artifact} tag={tag} isGone={isGone} />
    </ArtifactContext>
  );
}

function PresentArtifact(props: ArtifactPlace & { isGone: boolean }) {
  const { project, repository, artifact, tag, isGone } = props;
  const name = tag ?? shortDigest(artifact.digest);
  const title = tag === undefined ? `${repository}@${name}` : `${repository}:${name}`;
  return (
    <Page
      title={title}
      heading={
        <Group component="span" gap="xs" wrap="nowrap" align="center">
          <KindIcon kind={artifact} size={28} />
          <span>{title}</span>
        </Group>
      }
      trail={[
        ...trailOf({ project, repository }),
        <Text key="here" inherit aria-current="page">
          {name}
        </Text>,
      ]}
      description={<ArtifactSummary />}
      actions={!isGone && <ArtifactActions />}
    >
      <GetIt />
      <ArtifactTabs />
    </Page>
  );
}

function GoneArtifact({ project, repository }: { project: string; repository: string }) {
  const m = useMessages(artifactMessages);
  return (
    <Alert color="yellow" title={m.goneTitle} role="status" mb="md">
      <Stack gap="xs" align="start">
        <Text size="sm">{m.goneText}</Text>
        <ReferenceLink project={project} repository={repository}>
          {m.toRepository}
        </ReferenceLink>
      </Stack>
    </Alert>
  );
}

function trailOf({ project, repository }: { project: string; repository: string }) {
  return [
    <Link key="project" to="/p/$project" params={{ project }}>
      {project}
    </Link>,
    <ReferenceLink key="repository" project={project} repository={repository}>
      {repository}
    </ReferenceLink>,
  ];
}
