import { CloseButton, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { retentionMessages } from './messages.ts';
import { RunResult } from './run-result.tsx';

/** What the dry run that was just started finds, while it finds it. */
export function RunPreview({ id, eid, onClose }: { id: number; eid: number; onClose(): void }) {
  const m = useMessages(retentionMessages);
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="start">
          <div>
            <Title order={3} size="h5">
              {m.previewTitle(eid)}
            </Title>
            <Text size="sm" c="dimmed">
              {m.previewText}
            </Text>
          </div>
          <CloseButton aria-label={m.closePreview} onClick={onClose} />
        </Group>
        <RunResult id={id} eid={eid} isDryRun isUnderWay />
      </Stack>
    </Paper>
  );
}
