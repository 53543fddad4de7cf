import { Alert, Button, Text } from '@mantine/core';
import { IconCopyPlus, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { shortDigest } from '../../lib/reference.ts';
import { useCurrentUser } from '../../lib/session.ts';
import { NameList } from '../../ui/dialog.tsx';
import { useArtifact } from './artifact-place.ts';
import { DeleteArtifactDialog } from './delete-artifact-dialog.tsx';
import { artifactMessages } from './messages.ts';
import { CopyArtifact } from './repository-copy.tsx';

/** What can be done with the artifact, for whoever may. */
export function ArtifactActions() {
  const m = useMessages(artifactMessages);
  const place = useArtifact();
  const { permissions } = useProject();
  const user = useCurrentUser();
  const [open, setOpen] = useState<'copy' | 'delete'>();
  const { artifact } = place;
  return (
    <>
      {user !== null && (
        <Button
          variant="default"
          leftSection={<IconCopyPlus size={16} aria-hidden />}
          onClick={() => setOpen('copy')}
        >
          {m.copyTo}
        </Button>
      )}
      {permissions.can('artifact', 'delete') && (
        <Button
          variant="default"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={() => setOpen('delete')}
        >
          {m.deleteArtifact}
        </Button>
      )}
      <CopyArtifact
        place={place}
        row={open === 'copy' ? artifact : undefined}
        onClose={() => setOpen(undefined)}
      />
      <DeleteThis isOpen={open === 'delete'} onClose={() => setOpen(undefined)} />
    </>
  );
}

function DeleteThis({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const m = useMessages(artifactMessages);
  const { project, repository, artifact } = useArtifact();
  const navigate = useNavigate();
  const tags = artifact.tags ?? [];
  const names = tags.map(({ name }) => name);
  const fixed = tags.filter(({ immutable }) => immutable).map(({ name }) => name);
  async function leave(): Promise<void> {
    await navigate({ to: '/p/$project/r/$', params: { project, _splat: repository } });
  }
  return (
    <DeleteArtifactDialog
      title={m.deleteTitle(`${repository}@${shortDigest(artifact.digest)}`)}
      digest={isOpen ? artifact.digest : undefined}
      onClose={onClose}
      onDeleted={leave}
    >
      <Text size="sm">{names.length > 0 ? m.deleteText : m.deleteTextUntagged}</Text>
      {names.length > 0 && <NameList names={names} />}
      {fixed.length > 0 && <Alert color="yellow">{m.deleteImmutable(fixed.join(', '))}</Alert>}
    </DeleteArtifactDialog>
  );
}
