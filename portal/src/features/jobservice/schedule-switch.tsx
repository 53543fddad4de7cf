import { Button, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useMessages } from '../../lib/messages.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { notifyFailure } from '../../ui/notify.tsx';
import { changeQueue } from './jobservice-queries.ts';
import { jobserviceMessages } from './messages.ts';
import { SCHEDULER } from './queue-summary.ts';

/** Pauses all schedules together, or lets them go on. */
export function ScheduleSwitch({ isPaused }: { isPaused: boolean }) {
  const m = useMessages(jobserviceMessages);
  const client = useQueryClient();
  const [isAsking, ask] = useDisclosure(false);
  async function change(action: 'pause' | 'resume'): Promise<void> {
    await changeQueue(SCHEDULER, action);
    await client.invalidateQueries({ queryKey: ['jobservice'] });
  }
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={isPaused ? () => void change('resume').catch(notifyFailure) : ask.open}
      >
        {isPaused ? m.resumeSchedules : m.pauseSchedules}
      </Button>
      <ConfirmDialog
        title={m.pauseSchedules}
        opened={isAsking}
        onClose={ask.close}
        confirmLabel={m.pause}
        onConfirm={() => change('pause')}
      >
        <Text size="sm">{m.pauseSchedulesText}</Text>
      </ConfirmDialog>
    </>
  );
}
