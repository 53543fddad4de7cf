import { Badge, Group, Menu, Text } from '@mantine/core';
import { IconUser, IconUsersGroup } from '@tabler/icons-react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { useSystemInfo } from '../../lib/session.ts';
import type { Column } from '../../ui/data-table.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { groupTypeName } from './group-type-name.ts';
import { groupTypesOf } from './groups.ts';
import { type Member, useIncludesSelf } from './member-orders.tsx';
import { membersMessages } from './messages.ts';
import { roleLabel } from './roles.ts';

interface ColumnOptions {
  onChangeRole(member: Member): void;
  onRemove(member: Member): void;
}

/** Columns of the list of members. */
export function useMemberColumns(options: ColumnOptions): readonly Column<Member>[] {
  const m = useMessages(membersMessages);
  const words = useMessages(common);
  const { permissions } = useProject();
  const mayUpdate = permissions.can('member', 'update');
  const mayRemove = permissions.can('member', 'delete');
  const menu: Column<Member> = {
    key: 'actions',
    title: '',
    isFixed: true,
    align: 'right',
    render: (member) => (
      <RowMenu name={member.entity_name}>
        {mayUpdate && (
          <Menu.Item onClick={() => options.onChangeRole(member)}>{m.changeRole}</Menu.Item>
        )}
        {mayRemove && (
          <Menu.Item c="var(--mantine-color-error)" onClick={() => options.onRemove(member)}>
            {words.remove}
          </Menu.Item>
        )}
      </RowMenu>
    ),
  };
  return [
    {
      key: 'name',
      title: words.name,
      isFixed: true,
      render: (member) => <Name member={member} />,
    },
    { key: 'type', title: m.type, render: (member) => <Type member={member} /> },
    { key: 'role', title: m.role, isFixed: true, render: (member) => roleLabel(member, m) },
    ...(mayUpdate || mayRemove ? [menu] : []),
  ];
}

function Name({ member }: { member: Member }) {
  const m = useMessages(membersMessages);
  const isSelf = useIncludesSelf()([member]);
  const Icon = member.entity_type === 'g' ? IconUsersGroup : IconUser;
  return (
    <Group gap="xs" wrap="nowrap">
      <Icon size={16} style={{ flexShrink: 0 }} aria-hidden />
      <Text inherit fw={500}>
        {member.entity_name}
      </Text>
      {isSelf && (
        <Badge variant="light" tt="none" style={{ flexShrink: 0 }}>
          {m.you}
        </Badge>
      )}
    </Group>
  );
}

/** The list does not say where a group comes from: it is the login source, where there is one. */
function Type({ member }: { member: Member }) {
  const m = useMessages(membersMessages);
  const { auth_mode: mode } = useSystemInfo();
  if (member.entity_type === 'u') return m.user;
  if (mode === undefined || mode === 'db_auth') return m.group;
  return groupTypeName(groupTypesOf(mode)[0] ?? 0, m);
}
