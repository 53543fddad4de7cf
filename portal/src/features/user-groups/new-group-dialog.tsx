import { Select, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useSystemInfo } from '../../lib/session.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { DnField } from './dn-field.tsx';
import { groupTypesOf, LDAP } from './group-types.ts';
import { userGroupsMessages } from './messages.ts';

interface NewGroupDialogProps {
  readonly opened: boolean;
  onClose(): void;
}

/** Makes a group of the login source known here, so that it can be a member of projects. */
export function NewGroupDialog({ opened, onClose }: NewGroupDialogProps) {
  const m = useMessages(userGroupsMessages);
  const words = useMessages(common);
  const client = useQueryClient();
  const types = groupTypesOf(useSystemInfo().auth_mode);
  const [chosen, setType] = useState<number>();
  const [name, setName] = useState('');
  const [dn, setDn] = useState('');
  const type = chosen ?? types[0] ?? LDAP;
  const isLdap = type === LDAP;
  function close(): void {
    setName('');
    setDn('');
    onClose();
  }
  async function send(): Promise<void> {
    await createGroup({ name: name.trim(), type, dn: isLdap ? dn.trim() : '' });
    notifyDone(m.created(name.trim()));
    await client.invalidateQueries({ queryKey: ['user-groups'] });
  }
  return (
    <FormDialog
      title={m.newGroup}
      opened={opened}
      onClose={close}
      onSubmit={send}
      submitLabel={words.add}
      isIncomplete={name.trim() === '' || (isLdap && dn.trim() === '')}
    >
      <Select
        label={m.typeLabel}
        data={types.map((one) => ({ value: String(one), label: m.type(one) }))}
        value={String(type)}
        allowDeselect={false}
        onChange={(value) => setType(Number(value))}
      />
      {isLdap && (
        <DnField
          value={dn}
          onChange={setDn}
          onFound={(found) => setName((before) => before || found)}
        />
      )}
      <TextInput
        label={words.name}
        description={isLdap ? m.nameHintLdap : m.nameHintOther}
        required
        maxLength={255}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

async function createGroup({ name, type, dn }: { name: string; type: number; dn: string }) {
  await done(
    api.POST('/api/v2.0/usergroups', {
      body: { group_name: name, group_type: type, ldap_group_dn: dn },
    }),
  );
}
