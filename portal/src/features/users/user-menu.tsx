import { Menu } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useCurrentUser } from '../../lib/session.ts';
import { RowMenu } from '../../ui/row-menu.tsx';
import { usersMessages } from './messages.ts';
import type { User } from './user.ts';
import { isDispensable } from './user-rights.ts';

/** What is to be done with users, once it is confirmed. */
export interface UserOrder {
  readonly kind: 'set-admin' | 'revoke-admin' | 'delete' | 'reset-password';
  readonly users: readonly User[];
}

interface UserMenuProps {
  readonly user: User;
  readonly isDatabase: boolean;
  onOrder(order: UserOrder): void;
}

export function UserMenu({ user, isDatabase, onOrder }: UserMenuProps) {
  const m = useMessages(usersMessages);
  const words = useMessages(common);
  const ownId = useCurrentUser()?.user_id;
  const order = (kind: UserOrder['kind']) => () => onOrder({ kind, users: [user] });
  const mayGo = isDispensable(user, ownId);
  const hasPassword = isDatabase && user.user_id !== ownId;
  if (!mayGo && !hasPassword) return null;
  return (
    <RowMenu name={user.username}>
      {mayGo && !user.sysadmin_flag && (
        <Menu.Item onClick={order('set-admin')}>{m.setAdmin}</Menu.Item>
      )}
      {mayGo && user.sysadmin_flag && (
        <Menu.Item onClick={order('revoke-admin')}>{m.revokeAdmin}</Menu.Item>
      )}
      {hasPassword && <Menu.Item onClick={order('reset-password')}>{m.resetPassword}</Menu.Item>}
      {mayGo && (
        <Menu.Item c="var(--mantine-color-error)" onClick={order('delete')}>
          {words.delete}
        </Menu.Item>
      )}
    </RowMenu>
  );
}
