import { Button, Menu, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, many, type Query } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { allOf, contains, type ListState, useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { useOrder } from '../../lib/order.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { LabelChip, Time } from '../../ui/values.tsx';
import { DeleteLabelsDialog } from './delete-labels-dialog.tsx';
import type { Label } from './label-draft.ts';
import { labelsMessages } from './messages.ts';

/** What the reader may do to the labels that are listed. */
export interface LabelRights {
  readonly mayCreate: boolean;
  readonly mayUpdate: boolean;
  readonly mayDelete: boolean;
}

interface LabelTableProps {
  /** Undefined: the labels of the registry. */
  readonly projectId: number | undefined;
  readonly rights: LabelRights;
  onEdit(label: Label): void;
}

/** Labels of one place. */
export function LabelTable({ projectId, rights, onEdit }: LabelTableProps) {
  const m = useMessages(labelsMessages);
  const list = useListState({ table: 'labels', sort: 'name' });
  const asked = queryOf(list, projectId);
  const deletion = useOrder<{ readonly labels: readonly Label[]; clear(): void }>();
  const query = useQuery({
    queryKey: ['labels', asked],
    queryFn: ({ signal }) =>
      many(api.GET('/api/v2.0/labels', { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
  });
  const columns = useLabelColumns({
    rights,
    onEdit,
    onDelete: (label) => deletion.open({ labels: [label], clear: () => {} }),
  });
  return (
    <>
      <DataTable
        label={m.list}
        table="labels"
        columns={columns}
        query={query}
        list={list}
        keyOf={({ id }) => String(id)}
        nameOf={({ name }) => name}
        empty={
          <Empty title={m.emptyTitle}>
            <Text c="dimmed">{m.emptyText}</Text>
            {!rights.mayCreate && <Text c="dimmed">{m.emptyReader}</Text>}
          </Empty>
        }
        toolbar={
          <SearchInput
            label={m.searchName}
            value={list.filter('name')}
            onChange={(value) => list.setFilter('name', value)}
          />
        }
        {...(rights.mayDelete && {
          renderBatch: (labels: readonly Label[], clear: () => void) => (
            <Button
              size="xs"
              color="red"
              variant="light"
              leftSection={<IconTrash size={14} aria-hidden />}
              onClick={() => deletion.open({ labels, clear })}
            >
              {m.deleteLabels(labels.length)}
            </Button>
          ),
        })}
      />
      <DeleteLabelsDialog order={deletion} />
    </>
  );
}

function queryOf(list: ListState, projectId: number | undefined): Query<'ListLabels'> {
  const q = allOf(contains('name', list.filter('name')));
  return {
    ...(projectId === undefined ? { scope: 'g' } : { scope: 'p', project_id: projectId }),
    page: list.page,
    page_size: list.size,
    ...(list.sort !== undefined && { sort: list.sort }),
    ...(q !== undefined && { q }),
  };
}

interface ColumnOptions {
  readonly rights: LabelRights;
  onEdit(label: Label): void;
  onDelete(label: Label): void;
}

function useLabelColumns({ rights, onEdit, onDelete }: ColumnOptions): readonly Column<Label>[] {
  const m = useMessages(labelsMessages);
  const words = useMessages(common);
  const { mayUpdate, mayDelete } = rights;
  const menu: Column<Label> = {
    key: 'actions',
    title: '',
    isFixed: true,
    align: 'right',
    render: (label) => (
      <RowMenu name={label.name}>
        {mayUpdate && <Menu.Item onClick={() => onEdit(label)}>{words.edit}</Menu.Item>}
        {mayDelete && (
          <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(label)}>
            {words.delete}
          </Menu.Item>
        )}
      </RowMenu>
    ),
  };
  return [
    {
      key: 'name',
      title: m.label,
      sort: 'name',
      isFixed: true,
      render: ({ name, color }) => <LabelChip name={name} color={color} />,
    },
    {
      key: 'description',
      title: words.description,
      sort: 'description',
      render: ({ description = '' }) => (
        <Text inherit lineClamp={2} maw={560} style={{ overflowWrap: 'anywhere' }}>
          {description}
        </Text>
      ),
    },
    {
      key: 'created',
      title: m.created,
      sort: 'creation_time',
      render: ({ creation_time: time }) => <Time value={time} />,
    },
    ...(mayUpdate || mayDelete ? [menu] : []),
  ];
}
