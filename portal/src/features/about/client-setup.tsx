import { Alert, Anchor, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { basePath } from '../../lib/base.ts';
import { type LoginClient, loginCommand } from '../../lib/login-command.ts';
import { useMessages } from '../../lib/messages.ts';
import { RUNTIMES, usePreferences } from '../../lib/preferences.ts';
import { useRegistry } from '../../lib/registry.ts';
import { useCurrentUser, useSystemInfo } from '../../lib/session.ts';
import { Command } from '../../ui/copy.tsx';
import { Link } from '../../ui/link.tsx';
import { aboutMessages } from './messages.ts';

const CLIENTS = [...RUNTIMES, 'helm'] as const satisfies readonly LoginClient[];

/** How a client gets to this registry, with its address and the reader's name filled in. */
export function ClientSetup() {
  const m = useMessages(aboutMessages);
  const { host, isPlainHttp } = useRegistry();
  const user = useCurrentUser();
  const { has_ca_root: hasCertificate } = useSystemInfo();
  const { runtime = 'docker' } = usePreferences();
  const [client, setClient] = useState<LoginClient>(runtime);
  const username = user?.username ?? 'USERNAME';
  return (
    <Stack gap="sm">
      {hasCertificate === true && (
        <Text size="sm">
          {m.certificateText}{' '}
          <Anchor
            href={`${basePath}/api/v2.0/systeminfo/getcert`}
            inherit
            underline="always"
            download
          >
            {m.certificate}
          </Anchor>
        </Text>
      )}
      <Text size="sm">{m.clientText}</Text>
      <Select
        label={m.client}
        data={[...CLIENTS]}
        value={client}
        allowDeselect={false}
        maw={220}
        onChange={(value) => setClient(CLIENTS.find((one) => one === value) ?? 'docker')}
      />
      <Command>{loginCommand(client, { host, username, isPlainHttp })}</Command>
      {user !== null && (
        <Link to="/settings" search={{ tab: 'tokens' }} size="sm">
          {m.tokens}
        </Link>
      )}
      {isPlainHttp && client === 'docker' && (
        <Alert color="yellow" variant="light" title={m.plainTitle}>
          <Stack gap="xs">
            <Text size="sm">{m.plainText}</Text>
            <Command>{JSON.stringify({ 'insecure-registries': [host] }, undefined, 2)}</Command>
          </Stack>
        </Alert>
      )}
    </Stack>
  );
}
