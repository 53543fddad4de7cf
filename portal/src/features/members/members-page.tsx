import { Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconInfoCircle, IconPlus, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, many } from '../../lib/api.ts';
import { type ListState, useListState } from '../../lib/list-state.ts';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { useOrder } from '../../lib/order.ts';
import { useProject } from '../../lib/project.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty, Toolbar } from '../../ui/states.tsx';
import { AddMemberDialog } from './add-member-dialog.tsx';
import { useMemberColumns } from './member-columns.tsx';
import {
  ChangeRoleDialog,
  type Member,
  type MemberOrder,
  RemoveMembersDialog,
} from './member-orders.tsx';
import { membersMessages } from './messages.ts';
import { RolesDialog } from './roles-dialog.tsx';

/** Who may do what in a project. */
export function MembersPage() {
  const m = useMessages(membersMessages);
  const { permissions } = useProject();
  const addition = useOrder<object>();
  const [isTold, roles] = useDisclosure(false);
  return (
    <div>
      <Toolbar>
        <Text c="dimmed" size="sm">
          {m.intro}
        </Text>
        <Group gap="xs">
          <Button
            variant="default"
            leftSection={<IconInfoCircle size={16} aria-hidden />}
            onClick={roles.open}
          >
            {m.rolesButton}
          </Button>
          {permissions.can('member', 'create') && (
            <Button
              leftSection={<IconPlus size={16} aria-hidden />}
              onClick={() => addition.open({})}
            >
              {m.addMember}
            </Button>
          )}
        </Group>
      </Toolbar>
      <MemberTable />
      <RolesDialog opened={isTold} onClose={roles.close} />
      <AddMemberDialog order={addition} />
    </div>
  );
}

function MemberTable() {
  const m = useMessages(membersMessages);
  const { project } = useProject();
  const { project_id: id } = project;
  const list = useListState({ table: 'members' });
  const change = useOrder<MemberOrder>();
  const removal = useOrder<MemberOrder>();
  const query = useMembers(list);
  useLive([`project:${id}`], [['members', id]]);
  const columns = useMemberColumns({
    onChangeRole: (member) => change.open({ members: [member], clear: () => {} }),
    onRemove: (member) => removal.open({ members: [member], clear: () => {} }),
  });
  const rights = useMemberRights();
  return (
    <>
      <DataTable
        label={m.list}
        table="members"
        columns={columns}
        query={query}
        list={list}
        keyOf={(member) => String(member.id)}
        nameOf={(member) => member.entity_name}
        empty={
          <Empty title={m.emptyTitle}>
            <Text c="dimmed">{m.emptyText}</Text>
          </Empty>
        }
        toolbar={
          <SearchInput
            label={m.searchName}
            value={list.filter('name')}
            onChange={(value) => list.setFilter('name', value)}
          />
        }
        {...((rights.mayUpdate || rights.mayRemove) && {
          renderBatch: (members: readonly Member[], clear: () => void) => (
            <MemberBatch
              count={members.length}
              {...(rights.mayUpdate && { onChange: () => change.open({ members, clear }) })}
              {...(rights.mayRemove && { onRemove: () => removal.open({ members, clear }) })}
            />
          ),
        })}
      />
      <ChangeRoleDialog order={change} />
      <RemoveMembersDialog order={removal} />
    </>
  );
}

function useMembers(list: ListState) {
  const { project_id: id } = useProject().project;
  const { page, size } = list;
  const name = list.filter('name');
  return useQuery({
    queryKey: ['members', id, { page, size, name }],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/projects/{project_name_or_id}/members', {
          params: {
            path: { project_name_or_id: String(id) },
            query: {
              page,
              page_size: size,
              ...(name !== '' && { entityname: name }),
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

function useMemberRights() {
  const { permissions } = useProject();
  return {
    mayUpdate: permissions.can('member', 'update'),
    mayRemove: permissions.can('member', 'delete'),
  };
}

interface MemberBatchProps {
  readonly count: number;
  onChange?(): void;
  onRemove?(): void;
}

function MemberBatch({ count, onChange, onRemove }: MemberBatchProps) {
  const m = useMessages(membersMessages);
  return (
    <>
      {onChange !== undefined && (
        <Button size="xs" variant="default" onClick={onChange}>
          {m.changeRole}
        </Button>
      )}
      {onRemove !== undefined && (
        <Button
          size="xs"
          color="red"
          variant="light"
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={onRemove}
        >
          {m.removeMembers(count)}
        </Button>
      )}
    </>
  );
}
