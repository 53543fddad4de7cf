import { Anchor, Code, Stack, Tabs, Text } from '@mantine/core';
import { IconCertificate } from '@tabler/icons-react';
import { useState } from 'react';
import { basePath } from '../../lib/base.ts';
import { useMessages } from '../../lib/messages.ts';
import { RUNTIMES, updatePreferences, usePreferences } from '../../lib/preferences.ts';
import { useRegistry } from '../../lib/registry.ts';
import { useCurrentUser, useSystemInfo } from '../../lib/session.ts';
import { Command } from '../../ui/copy.tsx';
import { repositoriesMessages } from './messages.ts';
import { PUSH_CLIENTS, type PushClient, type PushStep, pushSteps } from './push-guide.ts';

/** How to push into a project, client by client, with everything filled in. */
export function PushCommands({ project }: { project: string }) {
  const m = useMessages(repositoriesMessages);
  const { has_ca_root: hasCertificate } = useSystemInfo();
  const place = { ...useRegistry(), project, username: useCurrentUser()?.username };
  const [client, choose] = useClient();
  return (
    <Stack gap="sm" ta="left">
      <Text size="sm" c="dimmed">
        {m.pushIntro(project)}
      </Text>
      <Tabs value={client} onChange={choose} keepMounted={false}>
        <Tabs.List aria-label={m.client}>
          {PUSH_CLIENTS.map((one) => (
            <Tabs.Tab key={one} value={one} px="sm">
              {one}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {PUSH_CLIENTS.map((one) => (
          <Tabs.Panel key={one} value={one} pt="sm">
            <Steps client={one} steps={pushSteps(one, place)} />
          </Tabs.Panel>
        ))}
      </Tabs>
      {hasCertificate === true && (
        <Text size="sm">
          <Anchor href={`${basePath}/api/v2.0/systeminfo/getcert`} download inherit>
            <IconCertificate size={16} aria-hidden /> {m.certificate}
          </Anchor>{' '}
          <Text span inherit c="dimmed">
            {m.certificateHint}
          </Text>
        </Text>
      )}
    </Stack>
  );
}

function Steps({ client, steps }: { client: PushClient; steps: readonly PushStep[] }) {
  const m = useMessages(repositoriesMessages);
  return (
    <Stack gap="sm" component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
      {steps.map(({ purpose, file, text }) => (
        <Stack key={purpose} gap={4} component="li" miw={0}>
          <Text size="sm" fw={500}>
            {m[purpose]}
          </Text>
          {file !== undefined && (
            <Text size="sm" c="dimmed">
              {m.trustFile} <Code>{file}</Code> {client === 'docker' && m.dockerRestart}
            </Text>
          )}
          {purpose === 'login' && (
            <Text size="xs" c="dimmed">
              {m.loginHint}
            </Text>
          )}
          <Command>{text}</Command>
        </Stack>
      ))}
    </Stack>
  );
}

/** The client shown; the browser remembers those that pull, too. */
function useClient() {
  const { runtime } = usePreferences();
  const remembered = PUSH_CLIENTS.find((one) => one === runtime) ?? 'docker';
  const [chosen, setChosen] = useState<PushClient>(remembered);
  function choose(value: string | null): void {
    const client = PUSH_CLIENTS.find((one) => one === value);
    if (client === undefined) return;
    setChosen(client);
    const puller = RUNTIMES.find((one) => one === client);
    if (puller !== undefined) updatePreferences({ runtime: puller });
  }
  return [chosen, choose] as const;
}
