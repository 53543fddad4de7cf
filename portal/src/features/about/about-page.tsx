import { Anchor, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { basePath } from '../../lib/base.ts';
import { useMessages } from '../../lib/messages.ts';
import { useRegistry } from '../../lib/registry.ts';
import { useSystemInfo } from '../../lib/session.ts';
import { Page } from '../../ui/page.tsx';
import { KeyValues } from '../../ui/values.tsx';
import { ClientSetup } from './client-setup.tsx';
import { aboutMessages } from './messages.ts';

/** What this is, which version, under which licence, and how clients get to it. */
export function AboutPage() {
  const m = useMessages(aboutMessages);
  return (
    <Page title={m.title} description={m.text}>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <Stack gap="md">
          <Versions />
          <Section title={m.licenceTitle}>
            <Text size="sm">{m.licenceText}</Text>
            <Text size="sm">{m.othersText}</Text>
          </Section>
          <Section title={m.apiTitle}>
            <Text size="sm">{m.apiText}</Text>
            <Group gap="md">
              <Anchor
                href={`${basePath}/devcenter-api-2.0`}
                target="_blank"
                rel="noopener"
                size="sm"
              >
                {m.apiExplorer}
              </Anchor>
              <Anchor
                href={`${basePath}/api/v2.0/openapi.json`}
                target="_blank"
                rel="noopener"
                size="sm"
              >
                {m.apiDocument}
              </Anchor>
            </Group>
          </Section>
        </Stack>
        <Section title={m.clientTitle}>
          <ClientSetup />
        </Section>
      </SimpleGrid>
    </Page>
  );
}

function Versions() {
  const m = useMessages(aboutMessages);
  const { host } = useRegistry();
  const { berth_version: version, harbor_version: harborVersion } = useSystemInfo();
  return (
    <Section title="Berth">
      <KeyValues
        entries={[
          [m.version, version ?? m.versionHidden],
          ...(harborVersion === undefined ? [] : [[m.harborVersion, harborVersion] as const]),
          [m.address, host],
          [m.licence, 'Apache-2.0'],
        ]}
      />
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper withBorder radius="md" p="md" component="section">
      <Stack gap="sm">
        <Title order={2} size="h5">
          {title}
        </Title>
        {children}
      </Stack>
    </Paper>
  );
}
