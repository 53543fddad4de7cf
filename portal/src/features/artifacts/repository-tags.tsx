import { Button, Switch, Text, Tooltip } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { type ListState, useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { type RepositoryPlace, type TagRow, useTags } from './repository-data.ts';
import { LabelFilter, TypeFilter } from './repository-filters.tsx';
import { repositoryMessages } from './repository-messages.ts';
import { useTagColumns } from './repository-tag-columns.tsx';
import { DeleteTags } from './repository-tag-deletion.tsx';
import { TagHistory } from './repository-tag-history.tsx';

/** The tags of a repository, a row each: what most people come for. */
export function RepositoryTags({ place }: { place: RepositoryPlace }) {
  const m = useMessages(repositoryMessages);
  const words = useMessages(common);
  const { permissions } = useProject();
  const list = useListState({ table: 'tags', sort: '-push_time' });
  const query = useTags(place, list);
  const [leaving, setLeaving] = useState<readonly TagRow[]>([]);
  const [remembered, setRemembered] = useState<string>();
  const canDelete = permissions.can('tag', 'delete');
  const columns = useTagColumns(place, {
    onHistory: setRemembered,
    onDelete: canDelete ? (row) => setLeaving([row]) : undefined,
  });
  return (
    <>
      <DataTable
        label={m.tags}
        table="tags"
        query={query}
        list={list}
        columns={columns}
        keyOf={({ id }) => String(id)}
        nameOf={({ name }) => name}
        empty={
          <Empty title={m.noTagsTitle}>
            <Text c="dimmed">{m.noTagsText}</Text>
          </Empty>
        }
        toolbar={
          <>
            <SearchInput
              label={m.searchTags}
              value={list.filter('name')}
              onChange={(name) => list.setFilter('name', name)}
            />
            <TypeFilter list={list} />
            <LabelFilter list={list} />
            <ToolTags list={list} hidden={query.data?.hidden ?? 0} />
          </>
        }
        {...(canDelete && {
          renderBatch: (rows: readonly TagRow[]) => (
            <Button
              size="xs"
              color="red"
              variant="light"
              leftSection={<IconTrash size={14} aria-hidden />}
              onClick={() => setLeaving(rows)}
            >
              {words.delete}
            </Button>
          ),
        })}
      />
      <DeleteTags place={place} rows={leaving} onClose={() => setLeaving([])} />
      <TagHistory place={place} tag={remembered} onClose={() => setRemembered(undefined)} />
    </>
  );
}

/** Tags that hold signatures and the like are in the way until they are asked for. */
function ToolTags({ list, hidden }: { list: ListState; hidden: number }) {
  const m = useMessages(repositoryMessages);
  const isShown = list.filter('tools') === 'shown';
  if (!isShown && hidden === 0) return null;
  return (
    <Tooltip label={m.toolTagsHint} multiline maw={280}>
      <div>
        <Switch
          label={isShown ? m.toolTagsShown : m.toolTags(hidden)}
          checked={isShown}
          onChange={() => list.setFilter('tools', isShown ? '' : 'shown')}
        />
      </div>
    </Tooltip>
  );
}
