import { Menu, Text } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import type { Column } from '../../ui/data-table.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import type { UserGroup } from './edit-group-dialog.tsx';
import { userGroupsMessages } from './messages.ts';

/** What is to be done with a group, once it is confirmed. */
export interface GroupOrder {
  readonly kind: 'edit' | 'delete';
  readonly group: UserGroup;
}

/** Columns of the list of groups. */
export function useUserGroupColumns(
  onOrder: (order: GroupOrder) => void,
): readonly Column<UserGroup>[] {
  const m = useMessages(userGroupsMessages);
  const words = useMessages(common);
  return [
    {
      key: 'name',
      title: words.name,
      isFixed: true,
      render: ({ group_name: name }) => (
        <Text inherit fw={500}>
          {name}
        </Text>
      ),
    },
    { key: 'type', title: m.typeLabel, render: ({ group_type: type }) => m.type(type) },
    {
      key: 'dn',
      title: m.dn,
      render: ({ ldap_group_dn: dn = '' }) => (
        <Text inherit ff="monospace">
          {dn}
        </Text>
      ),
    },
    {
      key: 'actions',
      title: '',
      isFixed: true,
      align: 'right',
      render: (group) => (
        <RowMenu name={group.group_name}>
          <Menu.Item onClick={() => onOrder({ kind: 'edit', group })}>{words.edit}</Menu.Item>
          <Menu.Item
            c="var(--mantine-color-error)"
            onClick={() => onOrder({ kind: 'delete', group })}
          >
            {words.delete}
          </Menu.Item>
        </RowMenu>
      ),
    },
  ];
}
