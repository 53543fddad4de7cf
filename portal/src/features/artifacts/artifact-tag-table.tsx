import { Button, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { Time } from '../../ui/values.tsx';
import { useArtifact } from './artifact-place.ts';
import { ArtifactTagMenu } from './artifact-tag-menu.tsx';
import { type Tag, useArtifactTags } from './artifact-tags.ts';
import { artifactMessages } from './messages.ts';
import { ImmutableBadge, TagLink } from './repository-cells.tsx';

interface ArtifactTagTableProps {
  onAdd(): void;
  onDelete(tags: readonly Tag[]): void;
  onHistory(tag: string): void;
}

/** The tags of the artifact. */
export function ArtifactTagTable({ onAdd, onDelete, onHistory }: ArtifactTagTableProps) {
  const m = useMessages(artifactMessages);
  const { permissions } = useProject();
  const list = useListState({ table: 'artifact-tags', sort: '-push_time' });
  const query = useArtifactTags(list);
  const mayDelete = permissions.can('tag', 'delete');
  const columns = useColumns((tag) => (
    <ArtifactTagMenu
      tag={tag.name}
      onHistory={() => onHistory(tag.name)}
      onDelete={mayDelete ? () => onDelete([tag]) : undefined}
    />
  ));
  return (
    <DataTable
      label={m.tabTags}
      table="artifact-tags"
      columns={columns}
      query={query}
      list={list}
      keyOf={(tag) => String(tag.id)}
      nameOf={(tag) => tag.name}
      toolbar={
        <>
          <SearchInput
            label={m.searchTags}
            value={list.filter('name')}
            onChange={(value) => list.setFilter('name', value)}
          />
          {permissions.can('tag', 'create') && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onAdd}>
              {m.addTag}
            </Button>
          )}
        </>
      }
      empty={
        <Empty title={m.tagsEmptyTitle}>
          <Text>{m.tagsEmptyText}</Text>
        </Empty>
      }
      {...(mayDelete && {
        renderBatch: (rows: readonly Tag[]) => (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconTrash size={14} aria-hidden />}
            onClick={() => onDelete(rows)}
          >
            {m.deleteTags(rows.length)}
          </Button>
        ),
      })}
    />
  );
}

function useColumns(renderMenu: (tag: Tag) => ReactNode): readonly Column<Tag>[] {
  const words = useMessages(common);
  const m = useMessages(artifactMessages);
  const place = useArtifact();
  return [
    {
      key: 'name',
      title: words.name,
      sort: 'name',
      isFixed: true,
      render: ({ name }) => <TagLink place={place} tag={name} />,
    },
    {
      key: 'immutable',
      title: m.protection,
      render: ({ immutable }) => immutable && <ImmutableBadge />,
    },
    {
      key: 'pushed',
      title: m.pushed,
      sort: 'push_time',
      render: (tag) => <Time value={tag.push_time} />,
    },
    {
      key: 'pulled',
      title: m.pulled,
      sort: 'pull_time',
      render: (tag) => <Time value={tag.pull_time} />,
    },
    { key: 'menu', title: '', align: 'right', isFixed: true, render: renderMenu },
  ];
}
