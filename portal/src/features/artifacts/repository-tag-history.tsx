import { Button, Group, Modal, Stack, Text, Timeline } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answer, api, done, many } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { shortDigest } from '../../lib/reference.ts';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { QueryView } from '../../ui/states.tsx';
import { Digest, Time } from '../../ui/values.tsx';
import { type RepositoryPlace, repositoryKey, repositoryPath } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';

type Change = Answer<'listTagHistory'>[number];

/** Where a tag has been, and the way back there. @param tag undefined: closed */
export function TagHistory({
  place,
  tag,
  onClose,
}: {
  place: RepositoryPlace;
  tag: string | undefined;
  onClose(): void;
}) {
  const m = useMessages(repositoryMessages);
  const { close } = useMessages(common);
  return (
    <Modal
      opened={tag !== undefined}
      onClose={onClose}
      title={m.historyOf(tag ?? '')}
      size="lg"
      closeButtonProps={{ 'aria-label': close }}
    >
      {tag !== undefined && <Changes place={place} tag={tag} />}
    </Modal>
  );
}

function Changes({ place, tag }: { place: RepositoryPlace; tag: string }) {
  const m = useMessages(repositoryMessages);
  const query = useQuery({
    queryKey: [...repositoryKey(place), 'history', tag],
    queryFn: ({ signal }) =>
      many(
        api.GET(
          '/api/v2.0/projects/{project_name}/repositories/{repository_name}/tags/{tag_name}/history',
          {
            params: {
              path: { ...repositoryPath(place), tag_name: tag },
              query: { page_size: 100 },
            },
            signal,
          },
        ),
      ),
  });
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {m.historyText}
      </Text>
      <QueryView query={query}>
        {({ items }) => {
          const now = items[0]?.to_digest;
          if (items.length === 0) return <Text>{m.historyEmpty}</Text>;
          return (
            <Timeline bulletSize={14} lineWidth={2} active={0}>
              {items.map((change) => (
                <Timeline.Item key={change.id}>
                  <ChangeLine place={place} tag={tag} change={change} now={now} />
                </Timeline.Item>
              ))}
            </Timeline>
          );
        }}
      </QueryView>
    </Stack>
  );
}

interface ChangeLineProps {
  readonly place: RepositoryPlace;
  readonly tag: string;
  readonly change: Change;
  /** Where the tag is; undefined: nowhere. */
  readonly now: string | undefined;
}

function ChangeLine({ place, tag, change, now }: ChangeLineProps) {
  const m = useMessages(repositoryMessages);
  const { permissions } = useProject();
  const { to_digest: to, from_digest: from, actor, change_time: time } = change;
  const what = to === undefined ? m.removed : from === undefined ? m.set : m.moved;
  return (
    <Group justify="space-between" gap="xs">
      <Stack gap={2}>
        <Group gap={6}>
          <Text size="sm">{what}</Text>
          {to !== undefined && <Digest value={to} />}
          {to !== undefined && to === now && (
            <Text size="xs" c="dimmed">
              ({m.current})
            </Text>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {actor === '' ? m.noActor : actor} · <Time value={time} />
        </Text>
      </Stack>
      {to !== undefined && to !== now && permissions.can('tag', 'create') && (
        <RestoreButton place={place} tag={tag} digest={to} />
      )}
    </Group>
  );
}

function RestoreButton({
  place,
  tag,
  digest,
}: {
  place: RepositoryPlace;
  tag: string;
  digest: string;
}) {
  const m = useMessages(repositoryMessages);
  const { restore } = useMessages(common);
  const client = useQueryClient();
  const [isSending, setSending] = useState(false);
  async function putBack(): Promise<void> {
    setSending(true);
    try {
      await done(
        api.POST(
          '/api/v2.0/projects/{project_name}/repositories/{repository_name}/tags/{tag_name}/restore',
          { params: { path: { ...repositoryPath(place), tag_name: tag } }, body: { digest } },
        ),
      );
      notifyDone(m.tagRestored(tag));
      await client.invalidateQueries({ queryKey: repositoryKey(place) });
    } catch (error) {
      notifyFailure(error);
    } finally {
      setSending(false);
    }
  }
  return (
    <Button
      size="compact-sm"
      variant="default"
      loading={isSending}
      aria-label={m.restoreTo(shortDigest(digest))}
      onClick={() => void putBack()}
    >
      {restore}
    </Button>
  );
}
