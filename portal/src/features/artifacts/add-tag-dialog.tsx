import { TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, done, RestError } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { useArtifact } from './artifact-place.ts';
import { artifactMessages } from './messages.ts';
import { repositoryKey, repositoryPath } from './repository-data.ts';
import { isTagName } from './tag-name.ts';

/** Gives the artifact another tag. */
export function AddTagDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const words = useMessages(common);
  const m = useMessages(artifactMessages);
  const place = useArtifact();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const isWrong = name !== '' && !isTagName(name);
  async function add(): Promise<void> {
    const path = { ...repositoryPath(place), reference: place.artifact.digest };
    try {
      await done(
        api.POST(
          '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/tags',
          { params: { path }, body: { name } },
        ),
      );
    } catch (error) {
      const isTaken = error instanceof RestError && error.status === 409;
      throw isTaken ? new Error(m.tagExists(name), { cause: error }) : error;
    }
    notifyDone(m.tagAdded(name));
    setName('');
    await client.invalidateQueries({ queryKey: repositoryKey(place) });
  }
  return (
    <FormDialog
      title={m.addTag}
      opened={opened}
      onClose={onClose}
      onSubmit={add}
      submitLabel={words.add}
      isIncomplete={!isTagName(name)}
    >
      <TextInput
        label={m.tagName}
        description={m.tagHint}
        error={isWrong && m.tagInvalid}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
        required
      />
    </FormDialog>
  );
}
