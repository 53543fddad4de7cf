import { Badge, Group, Text, Tooltip } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useCurrentUser } from '../../lib/session.ts';
import type { Column } from '../../ui/data-table.tsx';
import { Time } from '../../ui/values.tsx';
import { usersMessages } from './messages.ts';
import type { User } from './user.ts';
import { UserMenu, type UserOrder } from './user-menu.tsx';
import { isAdministrator } from './user-rights.ts';

/** Columns of the list of users. */
export function useUserColumns(
  isDatabase: boolean,
  onOrder: (order: UserOrder) => void,
): readonly Column<User>[] {
  const m = useMessages(usersMessages);
  return [
    {
      key: 'username',
      title: m.username,
      sort: 'username',
      isFixed: true,
      render: (user) => <Name user={user} />,
    },
    {
      key: 'realname',
      title: m.realname,
      sort: 'realname',
      render: ({ realname }) => realname ?? '',
    },
    {
      key: 'admin',
      title: m.administrator,
      sort: 'sysadmin_flag',
      render: (user) => <Administrator user={user} isDatabase={isDatabase} />,
    },
    { key: 'email', title: m.email, sort: 'email', render: ({ email }) => email ?? '' },
    {
      key: 'created',
      title: m.registered,
      sort: 'creation_time',
      render: ({ creation_time: time }) => <Time value={time} />,
    },
    {
      key: 'actions',
      title: '',
      isFixed: true,
      align: 'right',
      render: (user) => <UserMenu user={user} isDatabase={isDatabase} onOrder={onOrder} />,
    },
  ];
}

function Name({ user }: { user: User }) {
  const m = useMessages(usersMessages);
  const isSelf = useCurrentUser()?.user_id === user.user_id;
  return (
    <Group gap="xs" wrap="nowrap">
      <Text inherit fw={500}>
        {user.username}
      </Text>
      {isSelf && (
        <Badge variant="light" tt="none">
          {m.you}
        </Badge>
      )}
    </Group>
  );
}

function Administrator({ user, isDatabase }: { user: User; isDatabase: boolean }) {
  const m = useMessages(usersMessages);
  const { yes, no } = useMessages(common);
  const isAdmin = isAdministrator(user, isDatabase);
  if (isAdmin === undefined) {
    return (
      <Tooltip label={m.unknownHint}>
        <Text span inherit c="dimmed" tabIndex={0}>
          {m.unknown}
        </Text>
      </Tooltip>
    );
  }
  if (!isAdmin) return no;
  return (
    <Badge variant="light" color="grape" tt="none">
      {yes}
    </Badge>
  );
}
