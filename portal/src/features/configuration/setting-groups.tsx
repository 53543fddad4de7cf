import { Accordion, Badge, Group, Stack, Title } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { type ConfigurationForm, useConfigurationForm, valueOf } from './draft.ts';
import { LdapTest } from './ldap-test.tsx';
import { configurationMessages } from './messages.ts';
import { OidcTest } from './oidc-test.tsx';
import { SettingField } from './setting-field.tsx';
import { type SettingGroup, secretKeys } from './settings-table.ts';

/** Settings that belong together; sources of users that are not in use are folded. */
export function SettingGroups({ groups }: { groups: readonly SettingGroup[] }) {
  const form = useConfigurationForm();
  const [open, setOpen] = useState(() =>
    groups.filter(({ id }) => isInUse(form, id) !== false).map(({ id }): string => id),
  );
  return (
    <Accordion
      multiple
      variant="separated"
      order={2}
      value={open}
      onChange={setOpen}
      keepMounted={false}
    >
      {groups.map((group) => (
        <Accordion.Item key={group.id} value={group.id}>
          <GroupHeading id={group.id} />
          <Accordion.Panel>
            <Fields group={group} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function GroupHeading({ id }: { id: SettingGroup['id'] }) {
  const m = useMessages(configurationMessages);
  const inUse = isInUse(useConfigurationForm(), id);
  return (
    <Accordion.Control>
      <Group gap="sm">
        <Title order={2} size="h5" component="span">
          {m.group(id)}
        </Title>
        {inUse !== undefined && (
          <Badge variant="light" color={inUse ? 'green' : 'gray'} tt="none">
            {inUse ? m.inUse : m.notInUse}
          </Badge>
        )}
      </Group>
    </Accordion.Control>
  );
}

function Fields({ group }: { group: SettingGroup }) {
  const { stored } = useConfigurationForm();
  return (
    <Stack gap="md" maw={720}>
      {group.settings
        .filter(({ key }) => key in stored || secretKeys.has(key))
        .map((setting) => (
          <SettingField key={setting.key} setting={setting} />
        ))}
      {group.id === 'ldap' && <LdapTest />}
      {group.id === 'oidc' && <OidcTest />}
    </Stack>
  );
}

const SOURCES = {
  ldap: ['ldap_auth', 'ldap_enabled'],
  oidc: ['oidc_auth', 'oidc_enabled'],
  http: ['http_auth', 'http_authproxy_enabled'],
  uaa: ['uaa_auth', 'uaa_enabled'],
} as const;

/** Whether a source of users is used; undefined for what is none. */
function isInUse(form: ConfigurationForm, id: SettingGroup['id']): boolean | undefined {
  if (id !== 'ldap' && id !== 'oidc' && id !== 'http' && id !== 'uaa') return undefined;
  const [mode, flag] = SOURCES[id];
  return valueOf(form, 'auth_mode') === mode || valueOf(form, flag) === true;
}
