import { TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { usersMessages } from './messages.ts';
import { findFaults, type NewAccount } from './new-account.ts';

const NOBODY: NewAccount = {
  username: '',
  email: '',
  realname: '',
  password: '',
  passwordAgain: '',
  comment: '',
};

interface NewUserDialogProps {
  readonly opened: boolean;
  onClose(): void;
}

/** Makes an account in the registry's own database. */
export function NewUserDialog({ opened, onClose }: NewUserDialogProps) {
  const m = useMessages(usersMessages);
  const { create } = useMessages(common);
  const client = useQueryClient();
  const [account, setAccount] = useState(NOBODY);
  function close(): void {
    setAccount(NOBODY);
    onClose();
  }
  async function send(): Promise<void> {
    const { passwordAgain: _, ...body } = account;
    await done(api.POST('/api/v2.0/users', { body }));
    notifyDone(m.created(account.username));
    await client.invalidateQueries({ queryKey: ['users'] });
  }
  return (
    <FormDialog
      title={m.newUser}
      opened={opened}
      onClose={close}
      onSubmit={send}
      submitLabel={create}
      isIncomplete={Object.keys(findFaults(account, m)).length > 0}
    >
      <Fields account={account} onChange={setAccount} />
    </FormDialog>
  );
}

interface FieldsProps {
  readonly account: NewAccount;
  onChange(account: NewAccount): void;
}

function Fields({ account, onChange }: FieldsProps) {
  const m = useMessages(usersMessages);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const faults = findFaults(account, m);
  /** A field is judged once it was left, not while it is typed for the first time. */
  function field(name: keyof NewAccount, hint?: string) {
    const fault = left.has(name) && account[name] !== '' ? faults[name] : undefined;
    return {
      value: account[name],
      error: fault,
      // A broken rule is said once.
      description: fault === undefined ? hint : undefined,
      onBlur: () => setLeft(new Set([...left, name])),
      onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
        onChange({ ...account, [name]: event.currentTarget.value }),
    };
  }
  return (
    <>
      <TextInput
        label={m.username}
        required
        autoComplete="off"
        data-autofocus
        {...field('username', m.usernameRule)}
      />
      <TextInput label={m.email} required type="email" autoComplete="off" {...field('email')} />
      <TextInput label={m.realname} required autoComplete="off" {...field('realname')} />
      <PasswordField
        label={m.password}
        required
        autoComplete="new-password"
        {...field('password', m.passwordRule)}
      />
      <PasswordField
        label={m.passwordAgain}
        required
        autoComplete="new-password"
        {...field('passwordAgain')}
      />
      <TextInput label={m.comment} autoComplete="off" {...field('comment')} />
    </>
  );
}
