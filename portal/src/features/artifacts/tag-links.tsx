import { Group, Text } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useArtifact } from './artifact-place.ts';
import { artifactMessages } from './messages.ts';
import { ReferenceLink } from './reference-link.tsx';

const MOST = 8;

/** The first tags of the artifact; all of them are on their own tab. */
export function TagLinks() {
  const words = useMessages(common);
  const m = useMessages(artifactMessages);
  const { project, repository, artifact } = useArtifact();
  const tags = artifact.tags ?? [];
  if (tags.length === 0)
    return (
      <Text span c="dimmed">
        {words.none}
      </Text>
    );
  return (
    <Group gap="xs" style={{ rowGap: 0 }} component="span">
      {tags.slice(0, MOST).map(({ name }) => (
        <ReferenceLink key={name} project={project} repository={repository} tag={name}>
          {name}
        </ReferenceLink>
      ))}
      {tags.length > MOST && <Text span>{m.moreTags(tags.length - MOST)}</Text>}
    </Group>
  );
}
