import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, text } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { LogViewer } from '../../ui/log-viewer.tsx';
import { QueryView } from '../../ui/states.tsx';
import type { Worker } from './jobservice-queries.ts';
import { jobserviceMessages } from './messages.ts';

/** What a job has written so far; it goes on while the job does. */
export function JobLogDialog({
  worker,
  onClose,
}: {
  worker: Worker | undefined;
  onClose: () => void;
}) {
  const m = useMessages(jobserviceMessages);
  const words = useMessages(common);
  const jobId = worker?.job_id ?? '';
  const query = useQuery({
    queryKey: ['jobservice', 'log', jobId],
    queryFn: ({ signal }) =>
      text(
        api.GET('/api/v2.0/jobservice/jobs/{job_id}/log', {
          params: { path: { job_id: jobId } },
          parseAs: 'text',
          signal,
        }),
      ),
    enabled: jobId !== '',
  });
  return (
    <Modal
      title={m.logOf(jobId)}
      opened={jobId !== ''}
      onClose={onClose}
      size="xl"
      closeButtonProps={{ 'aria-label': words.close }}
    >
      <QueryView query={query}>
        {(log) => <LogViewer text={log} label={m.logOf(jobId)} />}
      </QueryView>
    </Modal>
  );
}
