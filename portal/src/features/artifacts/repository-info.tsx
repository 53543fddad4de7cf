import { Button, Group, Stack, Tabs, Text, Textarea } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { useSubmit } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Busy, Empty } from '../../ui/states.tsx';
import { KeyValues, Time } from '../../ui/values.tsx';
import {
  type RepositoryPlace,
  type RepositoryRow,
  repositoryKey,
  repositoryPath,
} from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';

const Markdown = lazy(() =>
  import('../../ui/markdown.tsx').then(({ Markdown }) => ({ default: Markdown })),
);

interface InfoProps {
  readonly place: RepositoryPlace;
  readonly row: RepositoryRow;
}

/** What a repository is for, in Markdown. */
export function RepositoryInfo({ place, row }: InfoProps) {
  const m = useMessages(repositoryMessages);
  const [isEdited, setEdited] = useState(false);
  if (isEdited) return <Editor place={place} row={row} onClose={() => setEdited(false)} />;
  return (
    <Stack gap="lg">
      <Description text={row.description ?? ''} onEdit={() => setEdited(true)} />
      <KeyValues
        entries={[
          [m.created, <Time key="created" value={row.creation_time} />],
          [m.updated, <Time key="updated" value={row.update_time} />],
        ]}
      />
    </Stack>
  );
}

function Description({ text, onEdit }: { text: string; onEdit(): void }) {
  const m = useMessages(repositoryMessages);
  const { permissions } = useProject();
  const canEdit = permissions.can('repository', 'update');
  const isEmpty = text.trim() === '';
  const button = canEdit && (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconPencil size={14} aria-hidden />}
      onClick={onEdit}
    >
      {isEmpty ? m.describe : m.editDescription}
    </Button>
  );
  if (isEmpty) return <Empty title={m.noDescription}>{button}</Empty>;
  return (
    <Stack gap="sm">
      {canEdit && <Group justify="end">{button}</Group>}
      <Rendered text={text} />
    </Stack>
  );
}

function Rendered({ text }: { text: string }) {
  return (
    <Suspense fallback={<Busy />}>
      <Markdown text={text} />
    </Suspense>
  );
}

const MOST = 65_536;

function Editor({ place, row, onClose }: InfoProps & { onClose(): void }) {
  const m = useMessages(repositoryMessages);
  const words = useMessages(common);
  const client = useQueryClient();
  const [text, setText] = useState(row.description ?? '');
  const isTooLong = text.length > MOST;
  const { submit, isSending, failure } = useSubmit(async () => {
    await done(
      api.PUT('/api/v2.0/projects/{project_name}/repositories/{repository_name}', {
        params: { path: repositoryPath(place) },
        body: { description: text },
      }),
    );
    notifyDone(m.descriptionSaved);
    await client.invalidateQueries({ queryKey: repositoryKey(place) });
    onClose();
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {failure}
        <Tabs defaultValue="write">
          <Tabs.List aria-label={m.description}>
            <Tabs.Tab value="write">{m.write}</Tabs.Tab>
            <Tabs.Tab value="preview">{m.preview}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="write" pt="sm">
            <Textarea
              label={m.description}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              error={isTooLong && m.tooLong}
              autosize
              minRows={10}
              maxRows={30}
              data-autofocus
            />
          </Tabs.Panel>
          <Tabs.Panel value="preview" pt="sm">
            {text.trim() === '' ? (
              <Text c="dimmed">{m.noDescription}</Text>
            ) : (
              <Rendered text={text} />
            )}
          </Tabs.Panel>
        </Tabs>
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" loading={isSending} disabled={isTooLong}>
            {words.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
