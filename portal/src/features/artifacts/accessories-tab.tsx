import { Alert, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { useRegistry } from '../../lib/registry.ts';
import { Command } from '../../ui/copy.tsx';
import { Empty } from '../../ui/states.tsx';
import { AccessoryTree } from './accessory-tree.tsx';
import { useArtifact } from './artifact-place.ts';
import type { Accessory } from './artifact-queries.ts';
import { DeleteArtifactDialog } from './delete-artifact-dialog.tsx';
import { artifactMessages } from './messages.ts';
import { Section } from './section.tsx';

/** What is attached to the artifact, and to that. */
export function AccessoriesTab() {
  const m = useMessages(artifactMessages);
  const { artifact, project, repository } = useArtifact();
  const { host } = useRegistry();
  const [doomed, setDoomed] = useState<Accessory>();
  const { accessories, inherited_accessories: inherited = [], digest } = artifact;
  const own = accessories ?? [];
  return (
    <Stack gap="lg">
      {own.length === 0 ? (
        <Empty title={m.accessoriesEmptyTitle}>
          <Text>{m.accessoriesEmptyText}</Text>
          <Command>{`cosign sign ${host}/${project}/${repository}@${digest}`}</Command>
        </Empty>
      ) : (
        <AccessoryTree label={m.tabAccessories} accessories={own} onDelete={setDoomed} />
      )}
      {inherited.length > 0 && (
        <Section title={m.inherited}>
          <AccessoryTree label={m.inherited} accessories={inherited} onDelete={setDoomed} />
        </Section>
      )}
      <DeleteArtifactDialog
        title={m.deleteAccessory}
        digest={doomed?.digest}
        onClose={() => setDoomed(undefined)}
      >
        <Alert color="yellow">{m.deleteAccessoryText}</Alert>
      </DeleteArtifactDialog>
    </Stack>
  );
}
