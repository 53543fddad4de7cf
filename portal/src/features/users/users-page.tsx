import { Button, SegmentedControl, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAdministration } from '../../lib/administration.ts';
import { api, many, type Query } from '../../lib/api.ts';
import { allOf, type ListState, useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { useSystemInfo } from '../../lib/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { usersMessages } from './messages.ts';
import { NewUserDialog } from './new-user-dialog.tsx';
import { UserBatch } from './user-batch.tsx';
import { useUserColumns } from './user-columns.tsx';
import type { UserOrder } from './user-menu.tsx';
import { UserOrderDialog } from './user-order-dialog.tsx';

/** All accounts, for administrators. */
export function UsersPage() {
  useAdministration();
  const m = useMessages(usersMessages);
  const isDatabase = useSystemInfo().auth_mode === 'db_auth';
  const [isOpen, dialog] = useDisclosure(false);
  return (
    <Page
      title={m.title}
      description={isDatabase ? m.description : m.externalDescription}
      actions={
        isDatabase && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>
            {m.newUser}
          </Button>
        )
      }
    >
      <UserTable isDatabase={isDatabase} />
      {isDatabase && <NewUserDialog opened={isOpen} onClose={dialog.close} />}
    </Page>
  );
}

interface Asked {
  readonly order: UserOrder;
  /** Takes back what was selected. */
  clear(): void;
}

function UserTable({ isDatabase }: { isDatabase: boolean }) {
  const m = useMessages(usersMessages);
  const list = useListState({ table: 'users', sort: 'username' });
  const [asked, setAsked] = useState<Asked>();
  const query = useQuery({
    queryKey: ['users', queryOf(list)],
    queryFn: ({ signal }) =>
      many(api.GET('/api/v2.0/users', { params: { query: queryOf(list) }, signal })),
    placeholderData: keepPreviousData,
  });
  const ask = (order: UserOrder, clear = () => {}) => setAsked({ order, clear });
  return (
    <>
      <DataTable
        label={m.list}
        table="users"
        columns={useUserColumns(isDatabase, ask)}
        query={query}
        list={list}
        keyOf={({ user_id: id }) => String(id)}
        nameOf={({ username }) => username}
        empty={
          <Empty title={m.emptyTitle}>
            <Text c="dimmed">{m.emptyText}</Text>
          </Empty>
        }
        toolbar={<Filters list={list} />}
        renderBatch={(users, clear) => (
          <UserBatch users={users} onOrder={(order) => ask(order, clear)} />
        )}
      />
      {asked !== undefined && (
        <UserOrderDialog
          order={asked.order}
          onClose={() => setAsked(undefined)}
          onDone={asked.clear}
        />
      )}
    </>
  );
}

function queryOf(list: ListState): Query<'listUsers'> {
  const name = list.filter('name');
  const q = allOf(list.filter('show') === 'admins' ? 'sysadmin_flag=true' : undefined);
  return {
    page: list.page,
    page_size: list.size,
    ...(list.sort !== undefined && { sort: list.sort }),
    ...(name !== '' && { username: name }),
    ...(q !== undefined && { q }),
  };
}

function Filters({ list }: { list: ListState }) {
  const m = useMessages(usersMessages);
  return (
    <>
      <SegmentedControl
        aria-label={m.show}
        data={[
          { value: '', label: m.all },
          { value: 'admins', label: m.administrators },
        ]}
        value={list.filter('show')}
        onChange={(value) => list.setFilter('show', value)}
      />
      <SearchInput
        label={m.searchName}
        value={list.filter('name')}
        onChange={(value) => list.setFilter('name', value)}
      />
    </>
  );
}
