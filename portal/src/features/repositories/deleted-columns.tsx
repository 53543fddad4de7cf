import { Badge, Button, Group, Text } from '@mantine/core';
import type { Answer } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { shortDigest, splitRepository } from '../../lib/reference.ts';
import { ArtifactType } from '../../ui/artifact-type.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { Bytes, Digest, Time } from '../../ui/values.tsx';
import { repositoriesMessages } from './messages.ts';

export type DeletedRow = Answer<'listDeletedArtifactsOfProject'>[number];

const MOST_TAGS = 5;

/** What is told of a deleted artifact. @param onRestore absent for whoever may not */
export function useDeletedColumns(
  onRestore: ((row: DeletedRow) => void) | undefined,
): readonly Column<DeletedRow>[] {
  const m = useMessages(repositoriesMessages);
  const words = useMessages(common);
  const columns: readonly Column<DeletedRow>[] = [
    {
      key: 'repository',
      title: m.repository,
      isFixed: true,
      render: ({ repository_name: name }) => splitRepository(name).repository,
    },
    {
      key: 'artifact',
      title: m.artifact,
      isFixed: true,
      render: ({ digest, type }) => (
        <Group gap={4} wrap="nowrap">
          <ArtifactType type={type ?? 'UNKNOWN'} />
          <Digest value={digest} />
        </Group>
      ),
    },
    { key: 'tags', title: m.tags, render: ({ tags }) => <TagNames tags={tags} /> },
    {
      key: 'size',
      title: m.size,
      align: 'right',
      render: ({ size }) => size !== undefined && <Bytes value={size} />,
    },
    { key: 'by', title: m.deletedBy, render: ({ deleted_by: name }) => name },
    {
      key: 'at',
      title: m.deletedAt,
      render: ({ delete_time: time }) => <Time value={time} />,
    },
    { key: 'pushed', title: m.pushed, render: ({ push_time: time }) => <Time value={time} /> },
  ];
  if (onRestore === undefined) return columns;
  return [
    ...columns,
    {
      key: 'actions',
      title: words.actions,
      align: 'right',
      isFixed: true,
      render: (row) => (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`${words.restore}: ${row.repository_name}@${shortDigest(row.digest)}`}
          onClick={() => onRestore(row)}
        >
          {words.restore}
        </Button>
      ),
    },
  ];
}

function TagNames({ tags }: { tags: readonly string[] }) {
  const m = useMessages(repositoriesMessages);
  if (tags.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {m.untagged}
      </Text>
    );
  return (
    <Group gap={4} maw={280}>
      {tags.slice(0, MOST_TAGS).map((tag) => (
        <Badge key={tag} variant="default" tt="none">
          {tag}
        </Badge>
      ))}
      {tags.length > MOST_TAGS && <Text size="xs">{m.more(tags.length - MOST_TAGS)}</Text>}
    </Group>
  );
}
