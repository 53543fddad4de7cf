import { Alert, Badge, Button, Group, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ChangeEvent, useState } from 'react';
import { isEmail, isRealname, MAX_COMMENT } from '../../lib/account-rules.ts';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { type CurrentUser, sessionQuery } from '../../lib/session.ts';
import { useSubmit } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { KeyValues, Time } from '../../ui/values.tsx';
import { accountMessages } from './messages.ts';
import { settingsMessages } from './settings-messages.ts';

/** Who one is here. @param isLocal whether the registry keeps that itself */
export function ProfileTab({ user, isLocal }: { user: CurrentUser; isLocal: boolean }) {
  const m = useMessages(accountMessages);
  const s = useMessages(settingsMessages);
  const isAdmin = user.sysadmin_flag || user.admin_role_in_auth;
  return (
    <Stack gap="lg" maw={560}>
      <KeyValues
        entries={[
          [
            m.username,
            <Group key="name" gap="xs">
              {user.username}
              {isAdmin && (
                <Badge variant="light" tt="none">
                  {s.administrator}
                </Badge>
              )}
            </Group>,
          ],
          [s.registered, <Time key="time" value={user.creation_time} />],
        ]}
      />
      <ProfileForm user={user} isLocal={isLocal} />
    </Stack>
  );
}

function ProfileForm({ user, isLocal }: { user: CurrentUser; isLocal: boolean }) {
  const m = useMessages(accountMessages);
  const s = useMessages(settingsMessages);
  const { save } = useMessages(common);
  const client = useQueryClient();
  const [changes, setChanges] = useState<Partial<Profile>>({});
  const profile = { ...profileOf(user), ...changes };
  const { submit, isSending, failure } = useSubmit(async () => {
    await done(
      api.PUT('/api/v2.0/users/{user_id}', {
        params: { path: { user_id: user.user_id } },
        body: profile,
      }),
    );
    notifyDone(s.profileSaved);
    await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    setChanges({});
  });
  const faults = {
    email: isEmail(profile.email) ? undefined : m.emailRule,
    realname: isRealname(profile.realname) ? undefined : m.realnameRule,
    comment: profile.comment.length <= MAX_COMMENT ? undefined : m.commentRule,
  };
  const field = (name: keyof Profile) => ({
    label: m[name],
    value: profile[name],
    readOnly: !isLocal,
    error: changes[name] === undefined ? undefined : faults[name],
    onChange: (event: ChangeEvent<HTMLInputElement>) =>
      setChanges({ ...changes, [name]: event.currentTarget.value }),
  });
  const isWrong = Object.values(faults).some((fault) => fault !== undefined);
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure}
        {!isLocal && <Alert variant="light">{s.profileElsewhere}</Alert>}
        <TextInput type="email" autoComplete="email" required={isLocal} {...field('email')} />
        <TextInput autoComplete="name" required={isLocal} {...field('realname')} />
        <TextInput autoComplete="off" description={m.commentRule} {...field('comment')} />
        {isLocal && (
          <Group>
            <Button
              type="submit"
              loading={isSending}
              disabled={isWrong || Object.keys(changes).length === 0}
            >
              {save}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}

interface Profile {
  readonly email: string;
  readonly realname: string;
  readonly comment: string;
}

function profileOf({ email = '', realname = '', comment = '' }: CurrentUser): Profile {
  return { email, realname, comment };
}
