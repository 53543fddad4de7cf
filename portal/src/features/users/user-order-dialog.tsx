import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import { usersMessages } from './messages.ts';
import { ResetPasswordDialog } from './reset-password-dialog.tsx';
import type { User } from './user.ts';
import type { UserOrder } from './user-menu.tsx';

interface UserOrderDialogProps {
  readonly order: UserOrder;
  onClose(): void;
  onDone(): void;
}

/** Asks, then does it to all users. */
export function UserOrderDialog({ order, onClose, onDone }: UserOrderDialogProps) {
  const [user] = order.users;
  if (order.kind !== 'reset-password') {
    return <ConfirmOrder kind={order.kind} users={order.users} onClose={onClose} onDone={onDone} />;
  }
  return user === undefined ? null : <ResetPasswordDialog user={user} onClose={onClose} />;
}

interface ConfirmOrderProps extends Omit<UserOrderDialogProps, 'order'> {
  readonly kind: Exclude<UserOrder['kind'], 'reset-password'>;
  readonly users: readonly User[];
}

function ConfirmOrder({ kind, users, onClose, onDone }: ConfirmOrderProps) {
  const client = useQueryClient();
  const { title, text, label } = useOrderWords(kind, users.length);
  async function confirm(): Promise<void> {
    onDone();
    void runBatch({
      title: label,
      items: users,
      nameOf: ({ username }) => username,
      run: (user) => carryOut(kind, user.user_id),
    }).finally(() => void client.invalidateQueries({ queryKey: ['users'] }));
  }
  return (
    <ConfirmDialog
      title={title}
      opened
      onClose={onClose}
      onConfirm={confirm}
      confirmLabel={label}
      isDangerous={kind !== 'set-admin'}
    >
      <NameList names={users.map(({ username }) => username)} />
      <Text size="sm">{text}</Text>
    </ConfirmDialog>
  );
}

function useOrderWords(kind: ConfirmOrderProps['kind'], count: number) {
  const m = useMessages(usersMessages);
  const words = useMessages(common);
  switch (kind) {
    case 'set-admin':
      return { title: m.setAdminTitle(count), text: m.setAdminText, label: m.setAdmin };
    case 'revoke-admin':
      return { title: m.revokeAdminTitle(count), text: m.revokeAdminText, label: m.revokeAdmin };
    case 'delete':
      return { title: m.deleteTitle(count), text: m.deleteText, label: words.delete };
  }
}

function carryOut(kind: ConfirmOrderProps['kind'], id: number): Promise<unknown> {
  const params = { path: { user_id: id } };
  if (kind === 'delete') return done(api.DELETE('/api/v2.0/users/{user_id}', { params }));
  return done(
    api.PUT('/api/v2.0/users/{user_id}/sysadmin', {
      params,
      body: { sysadmin_flag: kind === 'set-admin' },
    }),
  );
}
