import { Button, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAdministration } from '../../lib/administration.ts';
import { api, many, type Query } from '../../lib/api.ts';
import { type ListState, useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { useSystemInfo } from '../../lib/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { DeleteGroupDialog, EditGroupDialog } from './edit-group-dialog.tsx';
import { userGroupsMessages } from './messages.ts';
import { NewGroupDialog } from './new-group-dialog.tsx';
import { type GroupOrder, useUserGroupColumns } from './user-group-columns.tsx';

/** Groups of the login source that are known here, for administrators. */
export function UserGroupsPage() {
  useAdministration();
  const m = useMessages(userGroupsMessages);
  const [isOpen, dialog] = useDisclosure(false);
  return (
    <Page
      title={m.title}
      description={m.description}
      actions={
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>
          {m.newGroup}
        </Button>
      }
    >
      <GroupTable />
      <NewGroupDialog opened={isOpen} onClose={dialog.close} />
    </Page>
  );
}

function GroupTable() {
  const m = useMessages(userGroupsMessages);
  const list = useListState({ table: 'user-groups' });
  const [order, setOrder] = useState<GroupOrder>();
  const close = () => setOrder(undefined);
  const query = useQuery({
    queryKey: ['user-groups', queryOf(list)],
    queryFn: ({ signal }) =>
      many(api.GET('/api/v2.0/usergroups', { params: { query: queryOf(list) }, signal })),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <DataTable
        label={m.list}
        table="user-groups"
        columns={useUserGroupColumns(setOrder)}
        query={query}
        list={list}
        keyOf={({ id }) => String(id)}
        nameOf={({ group_name: name }) => name}
        empty={<NoGroups />}
        toolbar={
          <SearchInput
            label={m.searchName}
            value={list.filter('name')}
            onChange={(value) => list.setFilter('name', value)}
          />
        }
      />
      {order?.kind === 'edit' && <EditGroupDialog group={order.group} onClose={close} />}
      {order?.kind === 'delete' && <DeleteGroupDialog group={order.group} onClose={close} />}
    </>
  );
}

function queryOf(list: ListState): Query<'listUserGroups'> {
  const name = list.filter('name');
  return { page: list.page, page_size: list.size, ...(name !== '' && { group_name: name }) };
}

function NoGroups() {
  const m = useMessages(userGroupsMessages);
  if (useSystemInfo().auth_mode !== 'db_auth') {
    return (
      <Empty title={m.emptyTitle}>
        <Text c="dimmed">{m.emptyText}</Text>
      </Empty>
    );
  }
  return (
    <Empty title={m.emptyTitle}>
      <Text c="dimmed">{m.emptyDatabase}</Text>
      <LinkButton to="/admin/configuration" variant="default">
        {m.toConfiguration}
      </LinkButton>
    </Empty>
  );
}
