import { Badge, Group, Text } from '@mantine/core';
import { IconRosetteDiscountCheck } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { Bytes, Digest, Time } from '../../ui/values.tsx';
import { useArtifact } from './artifact-place.ts';
import { useKindName } from './kind-icon.tsx';
import { artifactMessages } from './messages.ts';

/** What the artifact is in one line. */
export function ArtifactSummary() {
  const m = useMessages(artifactMessages);
  const { artifact } = useArtifact();
  const kind = useKindName(artifact);
  const attached = [...(artifact.accessories ?? []), ...(artifact.inherited_accessories ?? [])];
  const isSigned = attached.some(({ type }) => type.startsWith('signature.'));
  return (
    <Group gap="md" style={{ rowGap: 4 }}>
      <Badge variant="light" tt="none">
        {kind}
      </Badge>
      {isSigned && (
        <Badge
          variant="light"
          color="green"
          tt="none"
          leftSection={<IconRosetteDiscountCheck size={14} aria-hidden />}
        >
          {m.signed}
        </Badge>
      )}
      <Text size="sm" component="div">
        <Digest value={artifact.digest} />
      </Text>
      <Text size="sm">
        <Bytes value={artifact.size} />
      </Text>
      <Text size="sm">
        {m.pushed} <Time value={artifact.push_time} />
      </Text>
    </Group>
  );
}
