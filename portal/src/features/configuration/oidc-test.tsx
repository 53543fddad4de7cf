import { Group, Stack, Text } from '@mantine/core';
import { api, done } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { useSystemInfo } from '../../lib/session.ts';
import { Command } from '../../ui/copy.tsx';
import { ConnectionTest } from './connection-test.tsx';
import { useConfigurationForm, valueOf } from './draft.ts';
import { configurationMessages } from './messages.ts';

/** Where the provider sends users back to, and whether it answers. */
export function OidcTest() {
  const m = useMessages(configurationMessages);
  const form = useConfigurationForm();
  const { external_url: externalUrl = window.location.origin } = useSystemInfo();
  const url = String(valueOf(form, 'oidc_endpoint'));
  async function test(): Promise<undefined> {
    const verify_cert = valueOf(form, 'oidc_verify_cert') === true;
    await done(api.POST('/api/v2.0/system/oidc/ping', { body: { url, verify_cert } }));
  }
  return (
    <Stack gap="md">
      <Stack gap={4}>
        <Text size="sm" fw={500}>
          {m.redirectUri}
        </Text>
        <Group>
          <Command label={m.redirectUri}>{`${externalUrl}/c/oidc/callback`}</Command>
        </Group>
      </Stack>
      <ConnectionTest onTest={test} isDisabled={url === ''} />
    </Stack>
  );
}
