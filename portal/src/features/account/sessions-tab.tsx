import { Badge, Button, Group, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, done } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { QueryView } from '../../ui/states.tsx';
import { Time } from '../../ui/values.tsx';
import { type BrowserSession, sessionsQuery } from './sessions-query.ts';
import { type SettingsWords, settingsMessages } from './settings-messages.ts';
import { parseUserAgent } from './user-agent.ts';

/** Where one is signed in. */
export function SessionsTab() {
  const m = useMessages(settingsMessages);
  const query = useQuery(sessionsQuery);
  return (
    <QueryView query={query}>
      {({ items }) => (
        <Stack>
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              {m.sessionsText}
            </Text>
            <EndOthers others={items.filter(({ current }) => !current)} />
          </Group>
          <SessionTable sessions={items} />
        </Stack>
      )}
    </QueryView>
  );
}

function SessionTable({ sessions }: { sessions: readonly BrowserSession[] }) {
  const m = useMessages(settingsMessages);
  const [ending, setEnding] = useState<BrowserSession>();
  const sorted = sessions.toSorted((a, b) => Number(b.current) - Number(a.current));
  return (
    <>
      <ScrollArea
        type="auto"
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': m.sessions }}
      >
        <Table aria-label={m.sessions} highlightOnHover verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              {[m.browser, m.address, m.source, m.signedIn, m.lastUsed, m.ends].map((title) => (
                <Table.Th key={title}>{title}</Table.Th>
              ))}
              <Table.Td />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sorted.map((session) => (
              <SessionRow key={session.id} session={session} onEnd={() => setEnding(session)} />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      {ending !== undefined && <EndSession session={ending} onClose={() => setEnding(undefined)} />}
    </>
  );
}

function SessionRow({ session, onEnd }: { session: BrowserSession; onEnd(): void }) {
  const m = useMessages(settingsMessages);
  const name = browserName(session, m);
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs" miw={150}>
          {name}
          {session.current && (
            <Badge variant="light" tt="none">
              {m.thisBrowser}
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td>{session.address}</Table.Td>
      <Table.Td>{sourceName(session.source, m)}</Table.Td>
      <Table.Td>
        <Time value={session.creation_time} />
      </Table.Td>
      <Table.Td>
        <Time value={session.last_used_time} />
      </Table.Td>
      <Table.Td>
        <Time value={session.expiration_time} />
      </Table.Td>
      <Table.Td ta="right">
        {!session.current && (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`${m.endSession}: ${name}, ${session.address}`}
            onClick={onEnd}
          >
            {m.endSession}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function EndSession({ session, onClose }: { session: BrowserSession; onClose(): void }) {
  const m = useMessages(settingsMessages);
  const client = useQueryClient();
  async function end(): Promise<void> {
    await done(
      api.DELETE('/api/v2.0/users/current/sessions/{session_id}', {
        params: { path: { session_id: session.id } },
      }),
    );
    await client.invalidateQueries(sessionsQuery);
    notifyDone(m.sessionEnded);
  }
  return (
    <ConfirmDialog
      title={m.endSessionOf(browserName(session, m))}
      opened
      onClose={onClose}
      onConfirm={end}
      confirmLabel={m.endSession}
    >
      {m.endSessionText(session.address)}
    </ConfirmDialog>
  );
}

function EndOthers({ others }: { others: readonly BrowserSession[] }) {
  const m = useMessages(settingsMessages);
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  async function end(): Promise<void> {
    await done(api.DELETE('/api/v2.0/users/current/sessions'));
    await client.invalidateQueries(sessionsQuery);
    notifyDone(m.sessionEnded);
  }
  return (
    <>
      <Button variant="default" disabled={others.length === 0} onClick={() => setOpen(true)}>
        {m.endOthers}
      </Button>
      <ConfirmDialog
        title={m.endOthersTitle(others.length)}
        opened={isOpen}
        onClose={() => setOpen(false)}
        onConfirm={end}
        confirmLabel={m.endOthers}
      >
        <NameList
          names={others.map(
            (one) => `${browserName(one, m)}, ${one.address}, ${one.creation_time}`,
          )}
        />
      </ConfirmDialog>
    </>
  );
}

function browserName({ user_agent: agent }: BrowserSession, m: SettingsWords): string {
  const { browser, system } = parseUserAgent(agent);
  if (browser === undefined) return system ?? (agent.slice(0, 60) || m.unknownBrowser);
  return system === undefined ? browser : m.browserOn(browser, system);
}

function sourceName(source: string, m: SettingsWords): string {
  const names: Readonly<Record<string, string>> = {
    database: m.fromDatabase,
    ldap: m.fromLdap,
    oidc: m.fromOidc,
    http: m.fromHttp,
    uaa: m.fromUaa,
  };
  return names[source] ?? source;
}
