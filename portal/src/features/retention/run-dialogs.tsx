import { useQueryClient } from '@tanstack/react-query';
import { api, done } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { retentionMessages } from './messages.ts';

interface RunNowDialogProps {
  readonly opened: boolean;
  onClose(): void;
  onRun(): Promise<void>;
}

/** Asks before anything is deleted. */
export function RunNowDialog({ opened, onClose, onRun }: RunNowDialogProps) {
  const m = useMessages(retentionMessages);
  return (
    <ConfirmDialog
      title={m.runTitle}
      opened={opened}
      onClose={onClose}
      onConfirm={onRun}
      confirmLabel={m.runNow}
    >
      {m.runText}
    </ConfirmDialog>
  );
}

interface StopDialogProps {
  /** Of the policy. */
  readonly id: number;
  /** Of the run. */
  readonly eid: number;
  onClose(): void;
}

export function StopDialog({ id, eid, onClose }: StopDialogProps) {
  const m = useMessages(retentionMessages);
  const client = useQueryClient();
  async function stop(): Promise<void> {
    await done(
      api.PATCH('/api/v2.0/retentions/{id}/executions/{eid}', {
        params: { path: { id, eid } },
        body: { action: 'stop' },
      }),
    );
    notifyDone(m.stopped(eid));
    await client.invalidateQueries({ queryKey: ['retention', id, 'runs'] });
  }
  return (
    <ConfirmDialog
      title={m.stopTitle(eid)}
      opened
      onClose={onClose}
      onConfirm={stop}
      confirmLabel={m.stop}
    >
      {m.stopText}
    </ConfirmDialog>
  );
}
