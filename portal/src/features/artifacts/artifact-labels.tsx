import { Button, Group, Text } from '@mantine/core';
import { IconTag } from '@tabler/icons-react';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { LabelChip } from '../../ui/values.tsx';
import { useArtifact } from './artifact-place.ts';
import { artifactMessages } from './messages.ts';
import { EditLabels } from './repository-labels.tsx';
import { Section } from './section.tsx';

/** The labels of the artifact; whoever may gives it others. */
export function ArtifactLabels() {
  const m = useMessages(artifactMessages);
  const place = useArtifact();
  const { permissions } = useProject();
  const [isEditing, setEditing] = useState(false);
  const labels = place.artifact.labels ?? [];
  const mayEdit = permissions.can('artifact-label', 'create');
  return (
    <Section
      title={m.labels}
      actions={
        mayEdit && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconTag size={14} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            {m.editLabels}
          </Button>
        )
      }
    >
      {labels.length === 0 ? (
        <Text size="sm" c="dimmed">
          {m.noLabels}
        </Text>
      ) : (
        <Group gap="xs">
          {labels.map(({ id, name, color }) => (
            <LabelChip key={id} name={name} color={color} />
          ))}
        </Group>
      )}
      <EditLabels
        place={place}
        rows={isEditing ? [place.artifact] : []}
        onClose={() => setEditing(false)}
      />
    </Section>
  );
}
