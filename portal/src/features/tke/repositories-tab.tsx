import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useFormat } from '../../lib/format.ts';
import { useListState } from '../../lib/list-state.ts';
import { pageOf } from '../../lib/local-list.ts';
import { useMessages } from '../../lib/messages.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { Time } from '../../ui/values.tsx';
import { BatchDeleteButton } from './batch-delete-button.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { tkeMessages } from './messages.ts';
import { PhaseStatus } from './phase-status.tsx';
import { TagTable } from './tag-table.tsx';
import { paths, tke } from './tke-api.ts';
import { repositoriesQuery, useCaller, usePlace } from './tke-queries.ts';
import { canDeleteNamespace } from './tke-rights.ts';
import type { Namespace, Repository } from './tke-types.ts';
import { useWatch } from './tke-watch.ts';

interface RepositoriesTabProps {
  readonly namespace: Namespace;
  onGuide(): void;
}

/** The repositories of a namespace; an opened row has the tags. */
export function RepositoriesTab({ namespace, onGuide }: RepositoriesTabProps) {
  const m = useMessages(tkeMessages);
  const caller = useCaller();
  const [deleted, setDeleted] = useState<readonly Repository[]>([]);
  const list = useListState({ table: 'tke-repositories', sort: 'name' });
  const place = usePlace(namespace.spec.name);
  useWatch(paths.repositories(place), repositoriesQuery(place).queryKey);
  const query = useQuery({
    ...repositoriesQuery(place),
    select: (all) =>
      pageOf(all, {
        list,
        search: list.filter('q'),
        textOf: ({ spec }) => spec.name,
        values: {
          name: ({ spec }) => spec.name,
          tags: ({ status }) => status.tags.length,
          pulls: ({ status }) => status.pullCount,
          created: ({ metadata }) => metadata.creationTimestamp,
        },
      }),
  });
  return (
    <>
      <DataTable
        label={m.images}
        table="tke-repositories"
        // The tenant of the address is no filter.
        list={{ ...list, isFiltered: list.filter('q') !== '' }}
        query={query}
        columns={useColumns()}
        keyOf={({ metadata }) => metadata.name}
        nameOf={({ spec }) => spec.name}
        renderDetail={(row) => <TagTable repository={row} />}
        empty={<NoRepositories onGuide={onGuide} />}
        toolbar={
          <SearchInput
            label={m.searchRepositories}
            value={list.filter('q')}
            onChange={(value) => list.setFilter('q', value)}
          />
        }
        {...(canDeleteNamespace(caller, namespace) && {
          renderBatch: (rows: readonly Repository[]) => (
            <BatchDeleteButton rows={rows} onDelete={setDeleted} />
          ),
        })}
      />
      <DeleteDialog
        title={m.deleteRepositories}
        text={m.deleteRepositoriesText}
        items={deleted}
        nameOf={({ spec }) => `${spec.namespaceName}/${spec.name}`}
        remove={(row) => tke.remove('repositories', row)}
        onClose={() => setDeleted([])}
      />
    </>
  );
}

function NoRepositories({ onGuide }: { onGuide: () => void }) {
  const m = useMessages(tkeMessages);
  return (
    <Empty title={m.noRepositories}>
      <Text c="dimmed">{m.noRepositoriesHint}</Text>
      <Button onClick={onGuide}>{m.showGuide}</Button>
    </Empty>
  );
}

function useColumns(): readonly Column<Repository>[] {
  const m = useMessages(tkeMessages);
  const format = useFormat();
  return [
    {
      key: 'name',
      title: m.repository,
      sort: 'name',
      isFixed: true,
      render: ({ spec }) => spec.name,
    },
    {
      key: 'tags',
      title: m.tags,
      sort: 'tags',
      align: 'right',
      render: ({ status }) => format.number(status.tags.length),
    },
    {
      key: 'pulls',
      title: m.pulls,
      sort: 'pulls',
      align: 'right',
      render: ({ status }) => format.number(status.pullCount),
    },
    { key: 'phase', title: m.phase, render: ({ status }) => <PhaseStatus status={status} /> },
    {
      key: 'created',
      title: m.createdAt,
      sort: 'created',
      render: ({ metadata }) => <Time value={metadata.creationTimestamp} />,
    },
  ];
}
