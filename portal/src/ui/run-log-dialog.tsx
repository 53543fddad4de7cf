import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { common } from '../lib/common-messages.ts';
import { useLive } from '../lib/live.ts';
import { useMessages } from '../lib/messages.ts';
import type { SystemJob } from '../lib/system-job.ts';
import { LogViewer } from './log-viewer.tsx';
import { runMessages } from './run-messages.ts';
import { QueryView } from './states.tsx';

interface RunLogDialogProps {
  readonly job: SystemJob;
  readonly id: number;
  onClose(): void;
}

/** What a run has written so far; it goes on while the run does. */
export function RunLogDialog({ job, id, onClose }: RunLogDialogProps) {
  const m = useMessages(runMessages);
  const { close } = useMessages(common);
  const key = ['system-log', job.key, id];
  const query = useQuery({ queryKey: key, queryFn: ({ signal }) => job.getLog(id, signal) });
  useLive([`execution:${id}`], [key]);
  return (
    <Modal
      title={m.showLog(id)}
      opened
      onClose={onClose}
      size="xl"
      closeButtonProps={{ 'aria-label': close }}
    >
      <QueryView query={query}>{(log) => <LogViewer text={log} label={m.showLog(id)} />}</QueryView>
    </Modal>
  );
}
