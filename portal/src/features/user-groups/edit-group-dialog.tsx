import { Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answer, api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { ConfirmDialog, FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { LDAP } from './group-types.ts';
import { userGroupsMessages } from './messages.ts';

export type UserGroup = Answer<'listUserGroups'>[number];

interface GroupDialogProps {
  readonly group: UserGroup;
  onClose(): void;
}

export function EditGroupDialog({ group, onClose }: GroupDialogProps) {
  const m = useMessages(userGroupsMessages);
  const words = useMessages(common);
  const client = useQueryClient();
  const [typed, setName] = useState(group.group_name);
  const name = typed.trim();
  async function send(): Promise<void> {
    await done(
      api.PUT('/api/v2.0/usergroups/{group_id}', {
        params: { path: { group_id: group.id } },
        body: { group_name: name },
      }),
    );
    notifyDone(m.renamed(name));
    await client.invalidateQueries({ queryKey: ['user-groups'] });
  }
  return (
    <FormDialog
      title={m.editTitle(group.group_name)}
      opened
      onClose={onClose}
      onSubmit={send}
      isIncomplete={name === '' || name === group.group_name}
    >
      {group.group_type !== LDAP && <Text size="sm">{m.renameHint}</Text>}
      <TextInput
        label={words.name}
        required
        maxLength={255}
        autoComplete="off"
        data-autofocus
        value={typed}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

export function DeleteGroupDialog({ group, onClose }: GroupDialogProps) {
  const m = useMessages(userGroupsMessages);
  const words = useMessages(common);
  const client = useQueryClient();
  async function remove(): Promise<void> {
    await done(
      api.DELETE('/api/v2.0/usergroups/{group_id}', { params: { path: { group_id: group.id } } }),
    );
    notifyDone(m.deleted(group.group_name));
    await client.invalidateQueries({ queryKey: ['user-groups'] });
  }
  return (
    <ConfirmDialog
      title={m.deleteGroup(group.group_name)}
      opened
      onClose={onClose}
      onConfirm={remove}
      confirmLabel={words.delete}
    >
      {m.deleteText}
    </ConfirmDialog>
  );
}
