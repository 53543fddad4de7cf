import { Group, Stack, Text } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { ArtifactType } from '../../ui/artifact-type.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { AnnotationsButton } from './repository-annotations.tsx';
import { type ArtifactActions, ArtifactMenu } from './repository-artifact-menu.tsx';
import { DigestLink, ImmutableBadge, Platforms, TagLink } from './repository-cells.tsx';
import type { ArtifactRow, RepositoryPlace } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';
import { platformsOf } from './repository-platforms.ts';
import { lastColumns, sizeColumn } from './repository-times.tsx';

const MOST_TAGS = 5;

/** What is told of an artifact. */
export function useArtifactColumns(
  place: RepositoryPlace,
  actions: ArtifactActions,
): readonly Column<ArtifactRow>[] {
  const m = useMessages(repositoryMessages);
  const words = useMessages(common);
  return [
    {
      key: 'digest',
      title: m.artifact,
      isFixed: true,
      render: (row) => <Name place={place} row={row} />,
    },
    { key: 'tags', title: m.tags, render: (row) => <Tags place={place} row={row} /> },
    {
      key: 'platforms',
      title: m.platforms,
      render: (row) => {
        const names = platformsOf(row);
        return <Platforms names={names} count={names.length} />;
      },
    },
    sizeColumn(m),
    ...lastColumns(m),
    {
      key: 'actions',
      title: words.actions,
      isFixed: true,
      align: 'right',
      render: (row) => <ArtifactMenu place={place} row={row} {...actions} />,
    },
  ];
}

function Name({ place, row }: { place: RepositoryPlace; row: ArtifactRow }) {
  const m = useMessages(repositoryMessages);
  const { accessories, digest, type } = row;
  return (
    <Group gap={4} wrap="nowrap" align="start">
      <ArtifactType type={type} />
      <Stack gap={0}>
        <DigestLink place={place} digest={digest} />
        <Group gap={4} wrap="nowrap">
          {accessories !== null && accessories.length > 0 && (
            <Text size="xs" c="dimmed">
              {m.accessoryCount(accessories.length)}
            </Text>
          )}
          <AnnotationsButton row={row} />
        </Group>
      </Stack>
    </Group>
  );
}

function Tags({ place, row }: { place: RepositoryPlace; row: ArtifactRow }) {
  const m = useMessages(repositoryMessages);
  const tags = row.tags ?? [];
  if (tags.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {m.untagged}
      </Text>
    );
  }
  return (
    <Group gap="xs" miw={220} maw={340} style={{ rowGap: 2 }}>
      {tags.slice(0, MOST_TAGS).map(({ id, name }) => (
        <TagLink key={id} place={place} tag={name} />
      ))}
      {tags.length > MOST_TAGS && <Text size="xs">{m.moreTags(tags.length - MOST_TAGS)}</Text>}
      {tags.some(({ immutable }) => immutable) && <ImmutableBadge />}
    </Group>
  );
}
