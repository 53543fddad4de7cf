import { Button, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { type ListState, useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import type { Asked } from './asked.ts';
import { DeletePoliciesDialog } from './delete-policies-dialog.tsx';
import { webhooksMessages } from './messages.ts';
import type { WebhookPolicy } from './policy.ts';
import { PolicyBatch } from './policy-batch.tsx';
import { usePolicyColumns } from './policy-columns.tsx';
import { PolicyDialog } from './policy-dialog.tsx';
import { policiesQuery } from './webhook-queries.ts';

/** Whom a project tells what happens in it. */
export function WebhooksPage() {
  const m = useMessages(webhooksMessages);
  const { project, permissions } = useProject();
  const list = useListState({ table: 'webhooks', sort: '-creation_time' });
  const [asked, setAsked] = useState<Asked>();
  const query = useQuery({
    ...policiesQuery(project.project_id, list),
    placeholderData: keepPreviousData,
  });
  const mayCreate = permissions.can('notification-policy', 'create');
  const isEmpty = query.data?.total === 0 && !list.isFiltered;
  const add = mayCreate && <AddButton onClick={() => setAsked({ kind: 'create' })} />;
  return (
    <>
      <DataTable
        label={m.list}
        table="webhooks"
        columns={usePolicyColumns(setAsked)}
        query={query}
        list={list}
        keyOf={({ id }) => String(id)}
        nameOf={({ name }) => name}
        toolbar={!isEmpty && <Toolbar list={list}>{add}</Toolbar>}
        {...(permissions.can('notification-policy', 'update') && {
          renderBatch: (policies: readonly WebhookPolicy[], clear: () => void) => (
            <PolicyBatch policies={policies} clear={clear} onAsk={setAsked} />
          ),
        })}
        empty={
          <Empty title={m.emptyTitle}>
            <Text c="dimmed">{m.emptyText}</Text>
            {mayCreate ? add : <Text c="dimmed">{m.readerEmpty}</Text>}
          </Empty>
        }
      />
      <Dialogs asked={asked} onClose={() => setAsked(undefined)} />
    </>
  );
}

function Dialogs({ asked, onClose }: { asked: Asked | undefined; onClose(): void }) {
  if (asked === undefined) return null;
  if (asked.kind === 'create') return <PolicyDialog onClose={onClose} />;
  if (asked.kind === 'edit') return <PolicyDialog policy={asked.policy} onClose={onClose} />;
  return <DeletePoliciesDialog policies={asked.policies} onClose={onClose} onDone={asked.clear} />;
}

function AddButton({ onClick }: { onClick(): void }) {
  const m = useMessages(webhooksMessages);
  return (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onClick}>
      {m.newWebhook}
    </Button>
  );
}

function Toolbar({ list, children }: { list: ListState; children: ReactNode }) {
  const m = useMessages(webhooksMessages);
  return (
    <>
      <SearchInput
        label={m.searchName}
        value={list.filter('name')}
        onChange={(value) => list.setFilter('name', value)}
      />
      {children}
    </>
  );
}
