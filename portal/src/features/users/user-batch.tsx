import { Button } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { useCurrentUser } from '../../lib/session.ts';
import { usersMessages } from './messages.ts';
import type { User } from './user.ts';
import type { UserOrder } from './user-menu.tsx';
import { isDispensable } from './user-rights.ts';

interface UserBatchProps {
  readonly users: readonly User[];
  onOrder(order: UserOrder): void;
}

/** What can be done with all users selected; the first administrator and the reader stay as they are. */
export function UserBatch({ users, onOrder }: UserBatchProps) {
  const m = useMessages(usersMessages);
  const ownId = useCurrentUser()?.user_id;
  const others = users.filter((user) => isDispensable(user, ownId));
  const plain = others.filter(({ sysadmin_flag: isAdmin }) => !isAdmin);
  const admins = others.filter(({ sysadmin_flag: isAdmin }) => isAdmin);
  return (
    <>
      {plain.length > 0 && (
        <Button
          size="xs"
          variant="default"
          onClick={() => onOrder({ kind: 'set-admin', users: plain })}
        >
          {m.setAdmin}
        </Button>
      )}
      {admins.length > 0 && (
        <Button
          size="xs"
          variant="default"
          onClick={() => onOrder({ kind: 'revoke-admin', users: admins })}
        >
          {m.revokeAdmin}
        </Button>
      )}
      {others.length > 0 && (
        <Button
          size="xs"
          color="red"
          variant="light"
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={() => onOrder({ kind: 'delete', users: others })}
        >
          {m.deleteUsers(others.length)}
        </Button>
      )}
    </>
  );
}
