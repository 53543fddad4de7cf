import { Group, Text } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { ArtifactType } from '../../ui/artifact-type.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { DigestLink, ImmutableBadge, Platforms, TagLink } from './repository-cells.tsx';
import type { RepositoryPlace, TagRow } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';
import { type TagActions, TagMenu } from './repository-tag-menu.tsx';
import { lastColumns, sizeColumn } from './repository-times.tsx';

/** What is told of a tag. */
export function useTagColumns(
  place: RepositoryPlace,
  actions: TagActions,
): readonly Column<TagRow>[] {
  const m = useMessages(repositoryMessages);
  const words = useMessages(common);
  return [
    {
      key: 'name',
      title: m.tag,
      // 1.10 comes after 1.9.
      sort: 'version',
      isFixed: true,
      render: ({ name, type, immutable }) => (
        <Group gap={6} wrap="nowrap" miw={120} maw={360}>
          <ArtifactType type={type} />
          <Text span inherit fw={500}>
            <TagLink place={place} tag={name} />
          </Text>
          {immutable && <ImmutableBadge />}
        </Group>
      ),
    },
    {
      key: 'digest',
      title: words.digest,
      render: ({ digest }) => <DigestLink place={place} digest={digest} />,
    },
    {
      key: 'platforms',
      title: m.platforms,
      render: ({ platforms, platform_count: count }) => (
        <Platforms names={platforms} count={count} />
      ),
    },
    sizeColumn(m),
    {
      key: 'signed',
      title: m.signed,
      render: ({ signed }) => <SignedMark isSigned={signed} />,
    },
    ...lastColumns(m),
    {
      key: 'actions',
      title: words.actions,
      isFixed: true,
      align: 'right',
      render: (row) => <TagMenu place={place} row={row} {...actions} />,
    },
  ];
}

function SignedMark({ isSigned }: { isSigned: boolean }) {
  const m = useMessages(repositoryMessages);
  if (!isSigned)
    return (
      <Text size="sm" c="dimmed" aria-label={m.unsigned} role="img">
        –
      </Text>
    );
  return (
    <Group gap={4} wrap="nowrap">
      <IconShieldCheck size={16} aria-hidden color="var(--mantine-color-green-text)" />
      <Text size="sm">{m.signed}</Text>
    </Group>
  );
}
