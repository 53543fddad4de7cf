import { Button, Stack, TextInput } from '@mantine/core';
import { type ChangeEvent, useState } from 'react';
import {
  isEmail,
  isPassword,
  isRealname,
  isUsername,
  MAX_COMMENT,
} from '../../lib/account-rules.ts';
import { api, done, one } from '../../lib/api.ts';
import { liveUpdates } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { signIn, useSessionChanged } from '../../lib/session.ts';
import { useSubmit } from '../../ui/dialog.tsx';
import { type AccountWords, accountMessages } from './messages.ts';
import { NewPasswordFields, NO_PASSWORD } from './new-password-fields.tsx';
import { useReturn } from './use-return.ts';

type Field = 'username' | 'email' | 'realname' | 'comment';
type Fields = Readonly<Record<Field, string>>;

const RULES: Readonly<Record<Field, (text: string) => boolean>> = {
  username: isUsername,
  email: isEmail,
  realname: isRealname,
  comment: (text) => text.length <= MAX_COMMENT,
};

const NOBODY: Fields = { username: '', email: '', realname: '', comment: '' };

/** A new account of one's own; it is signed in at once. */
export function SignUpForm() {
  const m = useMessages(accountMessages);
  const { goOn } = useReturn();
  const sessionChanged = useSessionChanged();
  const [account, setAccount] = useState(NOBODY);
  const [next, setNext] = useState(NO_PASSWORD);
  const fields = useFields(account, setAccount, m);
  const { submit, isSending, failure } = useSubmit(async () => {
    await done(api.POST('/api/v2.0/users', { body: { ...account, password: next.password } }));
    await signIn(account.username, next.password);
    liveUpdates.restart();
    await sessionChanged();
    goOn();
  });
  const isComplete = fields.areRight && isPassword(next.password) && next.password === next.again;
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure}
        <TextInput label={m.username} autoComplete="username" required {...fields.of('username')} />
        <TextInput
          label={m.email}
          type="email"
          autoComplete="email"
          required
          {...fields.of('email')}
        />
        <TextInput label={m.realname} autoComplete="name" required {...fields.of('realname')} />
        <NewPasswordFields value={next} onChange={setNext} label={m.password} />
        <TextInput label={m.comment} autoComplete="off" {...fields.of('comment')} />
        <Button type="submit" size="md" loading={isSending} disabled={!isComplete} fullWidth>
          {m.createAccount}
        </Button>
      </Stack>
    </form>
  );
}

/** Each field is judged when it is left; of name and address the registry is asked then. */
function useFields(account: Fields, onChange: (account: Fields) => void, m: AccountWords) {
  const [left, setLeft] = useState<ReadonlySet<Field>>(new Set());
  const [taken, setTaken] = useState<ReadonlySet<string>>(new Set());
  const rules = {
    username: m.usernameRule,
    email: m.emailRule,
    realname: m.realnameRule,
    comment: m.commentRule,
  };
  function errorOf(field: Field): string | undefined {
    if (left.has(field) && account[field] !== '' && !RULES[field](account[field])) {
      return rules[field];
    }
    if (!taken.has(`${field} ${account[field]}`)) return undefined;
    return field === 'email' ? m.emailTaken : m.usernameTaken;
  }
  async function leave(field: Field): Promise<void> {
    setLeft(new Set([...left, field]));
    const value = account[field];
    if ((field !== 'username' && field !== 'email') || !RULES[field](value)) return;
    if (await isTaken(field, value))
      setTaken((before) => new Set([...before, `${field} ${value}`]));
  }
  return {
    areRight: fieldNames.every(
      (field) => RULES[field](account[field]) && errorOf(field) === undefined,
    ),
    of: (field: Field) => ({
      value: account[field],
      error: errorOf(field),
      onBlur: () => void leave(field),
      onChange: (event: ChangeEvent<HTMLInputElement>) =>
        onChange({ ...account, [field]: event.currentTarget.value }),
    }),
  };
}

const fieldNames = ['username', 'email', 'realname', 'comment'] as const;

/** Not knowing it is no failure: the registry says it again when the account is made. */
async function isTaken(target: 'username' | 'email', value: string): Promise<boolean> {
  try {
    return await one(
      api.POST('/c/userExists', {
        body: { target, value },
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      }),
    );
  } catch {
    return false;
  }
}
