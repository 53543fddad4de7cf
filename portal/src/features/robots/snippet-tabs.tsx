import { Stack, Tabs, Text } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { Command } from '../../ui/copy.tsx';
import { snippetMessages } from './snippet-messages.ts';
import { type Credentials, snippetsOf, WAYS, type Way } from './snippets.ts';

/** Ready-made logins for clients, clusters and pipelines. */
export function SnippetTabs({ label, credentials }: { label: string; credentials: Credentials }) {
  const m = useMessages(snippetMessages);
  return (
    <Tabs defaultValue="docker" keepMounted={false}>
      <Tabs.List aria-label={label}>
        {WAYS.map((way) => (
          <Tabs.Tab key={way} value={way} px="sm">
            {m[way]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {WAYS.map((way) => (
        <Tabs.Panel key={way} value={way} pt="sm">
          <Pieces way={way} credentials={credentials} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

function Pieces({ way, credentials }: { way: Way; credentials: Credentials }) {
  const m = useMessages(snippetMessages);
  return (
    <Stack gap="sm">
      {way === 'gitlab' && <Text size="sm">{m.keepGitlab}</Text>}
      {way === 'jenkins' && <Text size="sm">{m.keepJenkins}</Text>}
      {snippetsOf(way, credentials).map(({ kind, text, file }) => (
        <div key={kind}>
          <Text size="sm" mb={4}>
            {m[kind]}
            {file !== undefined && (
              <Text span size="xs" c="dimmed" ff="monospace" ml="xs">
                {file}
              </Text>
            )}
          </Text>
          <Command label={m[kind]}>{text}</Command>
        </div>
      ))}
    </Stack>
  );
}
