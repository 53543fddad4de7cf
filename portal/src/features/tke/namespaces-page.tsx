import { Button, SegmentedControl, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { type ListState, useListState } from '../../lib/list-state.ts';
import { pageOf } from '../../lib/local-list.ts';
import { useMessages } from '../../lib/messages.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { BatchDeleteButton } from './batch-delete-button.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { tkeMessages } from './messages.ts';
import { useNamespaceColumns } from './namespace-columns.tsx';
import { NamespaceDialog } from './namespace-dialog.tsx';
import { paths, tke } from './tke-api.ts';
import { namespacesQuery, useCaller } from './tke-queries.ts';
import { canCreate, canDeleteNamespace } from './tke-rights.ts';
import type { Namespace } from './tke-types.ts';
import { useWatch } from './tke-watch.ts';

/** The namespaces of images that the reader's tenant has; all tenants' for system administrators. */
export function NamespacesPage() {
  const m = useMessages(tkeMessages);
  const caller = useCaller();
  const [edited, setEdited] = useState<Namespace | 'new'>();
  const [deleted, setDeleted] = useState<readonly Namespace[]>([]);
  const newButton = canCreate(caller) && (
    <Button onClick={() => setEdited('new')}>{m.create}</Button>
  );
  return (
    <Page title={m.namespaces} description={m.namespacesHint} actions={newButton}>
      <NamespaceTable
        onEdit={setEdited}
        onDelete={setDeleted}
        empty={
          <Empty title={m.noNamespaces}>
            <Text c="dimmed">{m.noNamespacesHint}</Text>
            {newButton}
          </Empty>
        }
      />
      <NamespaceDialog edited={edited} onClose={() => setEdited(undefined)} />
      <DeleteDialog
        title={m.delete}
        text={m.deleteText}
        items={deleted}
        nameOf={({ spec }) => spec.name}
        remove={(row) => tke.remove('namespaces', row)}
        onClose={() => setDeleted([])}
      />
    </Page>
  );
}

interface NamespaceTableProps {
  onEdit(row: Namespace): void;
  onDelete(rows: readonly Namespace[]): void;
  readonly empty: ReactNode;
}

function NamespaceTable({ onEdit, onDelete, empty }: NamespaceTableProps) {
  const m = useMessages(tkeMessages);
  const caller = useCaller();
  const list = useListState({ table: 'tke-namespaces', sort: 'name' });
  const visibility = list.filter('visibility');
  useWatch(paths.namespaces, namespacesQuery.queryKey);
  const query = useQuery({
    ...namespacesQuery,
    select: (all) =>
      pageOf(
        all.filter(({ spec }) => visibility === '' || spec.visibility === visibility),
        {
          list,
          search: list.filter('q'),
          textOf: ({ spec }) => `${spec.name} ${spec.displayName ?? ''}`,
          values: {
            name: ({ spec }) => spec.name,
            repositories: ({ status }) => status.repoCount,
            created: ({ metadata }) => metadata.creationTimestamp,
          },
        },
      ),
  });
  return (
    <DataTable
      label={m.namespaces}
      table="tke-namespaces"
      list={list}
      query={query}
      columns={useNamespaceColumns({ onEdit, onDelete: (row) => onDelete([row]) })}
      keyOf={({ metadata }) => metadata.name}
      nameOf={({ spec }) => spec.name}
      empty={empty}
      toolbar={<Filters list={list} />}
      {...(canCreate(caller) && {
        renderBatch: (rows: readonly Namespace[]) => (
          <BatchDeleteButton
            rows={rows.filter((row) => canDeleteNamespace(caller, row))}
            onDelete={onDelete}
          />
        ),
      })}
    />
  );
}

function Filters({ list }: { list: ListState }) {
  const m = useMessages(tkeMessages);
  return (
    <>
      <SearchInput
        label={m.search}
        value={list.filter('q')}
        onChange={(value) => list.setFilter('q', value)}
      />
      <SegmentedControl
        aria-label={m.filterVisibility}
        data={['', 'Public', 'Private'].map((value) => ({
          value,
          label: value === '' ? m.open : m.visibilities(value),
        }))}
        value={list.filter('visibility')}
        onChange={(value) => list.setFilter('visibility', value)}
      />
    </>
  );
}
