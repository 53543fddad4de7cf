import { Button, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useListState } from '../../lib/list-state.ts';
import { pageOf } from '../../lib/local-list.ts';
import { useMessages } from '../../lib/messages.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { runBatch } from '../../ui/notify.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { useApiKeyColumns } from './api-key-columns.tsx';
import { ApiKeyDialog, MadeKeyDialog } from './api-key-dialog.tsx';
import { apiKeyMessages } from './api-key-messages.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { tke } from './tke-api.ts';
import { apiKeysQuery } from './tke-queries.ts';
import type { ApiKey } from './tke-types.ts';

/** The reader's API keys; all of the tenant for its administrators. */
export function ApiKeysPage() {
  const m = useMessages(apiKeyMessages);
  const [isCreating, setCreating] = useState(false);
  const [made, setMade] = useState<ApiKey>();
  const [deleted, setDeleted] = useState<readonly ApiKey[]>([]);
  const newButton = <Button onClick={() => setCreating(true)}>{m.create}</Button>;
  return (
    <Page title={m.title} description={m.hint} actions={newButton}>
      <ApiKeyTable
        onDelete={setDeleted}
        empty={
          <Empty title={m.noKeys}>
            <Text c="dimmed">{m.noKeysHint}</Text>
            {newButton}
          </Empty>
        }
      />
      {isCreating && <ApiKeyDialog onMade={setMade} onClose={() => setCreating(false)} />}
      {made !== undefined && <MadeKeyDialog made={made} onClose={() => setMade(undefined)} />}
      <DeleteDialog
        title={m.delete}
        text={m.deleteText}
        items={deleted}
        nameOf={({ metadata, spec }) => m.keyName(metadata.name, spec.description)}
        remove={(row) => tke.removeApiKey(row)}
        onClose={() => setDeleted([])}
      />
    </Page>
  );
}

interface ApiKeyTableProps {
  onDelete(rows: readonly ApiKey[]): void;
  readonly empty: ReactNode;
}

function ApiKeyTable({ onDelete, empty }: ApiKeyTableProps) {
  const m = useMessages(apiKeyMessages);
  const words = useMessages(common);
  const list = useListState({ table: 'tke-api-keys', sort: '-created' });
  const disable = useDisable();
  const query = useQuery({
    ...apiKeysQuery,
    select: (all) =>
      pageOf(all, {
        list,
        search: list.filter('q'),
        textOf: ({ metadata, spec }) => `${metadata.name} ${spec.description} ${spec.username}`,
        values: {
          name: ({ metadata }) => metadata.name,
          user: ({ spec }) => spec.username,
          created: ({ spec }) => spec.issue_at,
          // What never ends comes last.
          expires: ({ spec }) => spec.expire_at ?? '9999',
        },
      }),
  });
  return (
    <DataTable
      label={m.title}
      table="tke-api-keys"
      list={list}
      query={query}
      columns={useApiKeyColumns({ onDelete: (row) => onDelete([row]), onDisable: disable })}
      keyOf={({ metadata }) => metadata.name}
      nameOf={({ metadata }) => metadata.name}
      empty={empty}
      toolbar={
        <SearchInput
          label={m.search}
          value={list.filter('q')}
          onChange={(value) => list.setFilter('q', value)}
        />
      }
      renderBatch={(rows) => (
        <>
          <Button size="xs" variant="default" onClick={() => disable(rows, true)}>
            {words.disable}
          </Button>
          <Button size="xs" variant="default" onClick={() => disable(rows, false)}>
            {words.enable}
          </Button>
          <Button size="xs" color="red" variant="light" onClick={() => onDelete(rows)}>
            {words.delete}
          </Button>
        </>
      )}
    />
  );
}

function useDisable(): (rows: readonly ApiKey[], isDisabled: boolean) => void {
  const words = useMessages(common);
  const client = useQueryClient();
  return (rows, isDisabled) => {
    void runBatch({
      title: isDisabled ? words.disable : words.enable,
      items: rows,
      nameOf: ({ metadata }) => metadata.name,
      run: (row) => tke.setDisabled(row, isDisabled),
    }).then(() => client.invalidateQueries({ queryKey: apiKeysQuery.queryKey }));
  };
}
