import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMessages } from '../../lib/messages.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import { stopJob, type Worker } from './jobservice-queries.ts';
import { jobserviceMessages } from './messages.ts';

export function StopJobsDialog({
  workers,
  onClose,
}: {
  workers: readonly Worker[];
  onClose: () => void;
}) {
  const m = useMessages(jobserviceMessages);
  const client = useQueryClient();
  const nameOf = ({ job_name = '', job_id = '' }: Worker) => `${m.type(job_name)}: ${job_id}`;
  return (
    <ConfirmDialog
      title={m.stop}
      opened={workers.length > 0}
      onClose={onClose}
      confirmLabel={m.stop}
      onConfirm={async () => {
        await runBatch({
          title: m.stop,
          items: workers,
          nameOf,
          run: ({ job_id = '' }) => stopJob(job_id),
        });
        await client.invalidateQueries({ queryKey: ['jobservice'] });
      }}
    >
      <Text size="sm">{m.stopText}</Text>
      <NameList names={workers.map(nameOf)} />
    </ConfirmDialog>
  );
}
