import { Affix, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api, done } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { sessionQuery } from '../../lib/session.ts';
import { useSubmit } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { useConfigurationForm } from './draft.ts';
import { configurationMessages } from './messages.ts';
import { authenticationGroups, systemGroups } from './settings-table.ts';
import { type Draft, findFault } from './values.ts';

/** Says how much has changed, and sends that alone. */
export function SaveBar({ onReset }: { onReset: () => void }) {
  const m = useMessages(configurationMessages);
  const client = useQueryClient();
  const { draft } = useConfigurationForm();
  const count = Object.keys(draft).length;
  const { submit, isSending, failure } = useSubmit(async () => {
    await done(api.PUT('/api/v2.0/configurations', { body: draft }));
    await client.invalidateQueries({ queryKey: ['configurations'] });
    onReset();
    notifyDone(m.saved);
    // The banner and the way to sign in are in what all pages know.
    await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
  });
  if (count === 0) return null;
  return (
    <>
      <div style={{ height: 80 }} />
      <Affix position={{ bottom: 16, right: 16 }} zIndex={150}>
        <Paper withBorder shadow="md" p="sm" maw="calc(100vw - 32px)">
          <form onSubmit={submit} noValidate>
            <Stack gap="xs">
              {failure}
              <Group gap="sm" justify="space-between">
                <Text size="sm" role="status">
                  {m.unsaved(count)}
                </Text>
                <Group gap="xs">
                  <Button variant="default" onClick={onReset} disabled={isSending}>
                    {m.discard}
                  </Button>
                  <Button type="submit" loading={isSending} disabled={hasFault(draft)}>
                    {m.save}
                  </Button>
                </Group>
              </Group>
            </Stack>
          </form>
        </Paper>
      </Affix>
    </>
  );
}

function hasFault(draft: Draft): boolean {
  return [...authenticationGroups, ...systemGroups].some(({ settings }) =>
    settings.some((setting) => {
      const value = draft[setting.key];
      return value !== undefined && findFault(setting, value) !== undefined;
    }),
  );
}
