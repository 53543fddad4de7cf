import { Radio, Select, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api, one } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { type Order, useDraft } from '../../lib/order.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import { robotsMessages } from './messages.ts';
import type { Robot } from './robot-draft.ts';
import { robotsChanged } from './robot-place.ts';
import type { ToldSecret } from './secret-file.ts';
import { isSecret } from './secret-rule.ts';

interface RefreshDialogProps {
  readonly order: Order<Robot>;
  /** Told of a secret that the registry has made. */
  onGenerated(secret: ToldSecret): void;
}

interface Draft {
  readonly isOwn: boolean;
  readonly secret: string;
  readonly keepSeconds: number;
}

/** Gives a robot another secret; the old one may live on for a while. */
export function RefreshDialog({ order, onGenerated }: RefreshDialogProps) {
  const m = useMessages(robotsMessages);
  const client = useQueryClient();
  const robot = order.value;
  const [draft, setDraft] = useDraft<Draft>(robot, () => ({
    isOwn: false,
    secret: '',
    keepSeconds: 0,
  }));
  const change = (values: Partial<Draft>) => setDraft((before) => ({ ...before, ...values }));
  const isFine = !draft.isOwn || isSecret(draft.secret);
  async function send(): Promise<void> {
    if (robot === undefined) return;
    const told = await refresh(robot, draft);
    await robotsChanged(client);
    if (draft.isOwn) notifyDone(m.secretReplaced(robot.name));
    else onGenerated(told);
  }
  return (
    <FormDialog
      title={m.refreshTitle(robot?.name ?? '')}
      opened={order.isOpen}
      onClose={order.close}
      onSubmit={send}
      submitLabel={m.refreshSubmit}
      isIncomplete={!isFine}
    >
      <Radio.Group
        label={m.howSecret}
        value={draft.isOwn ? 'own' : 'generated'}
        onChange={(value) => change({ isOwn: value === 'own' })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="generated" label={m.generated} />
          <Radio value="own" label={m.own} />
        </Stack>
      </Radio.Group>
      {draft.isOwn && (
        <PasswordField
          label={m.ownSecret}
          description={m.secretRule}
          required
          autoComplete="new-password"
          value={draft.secret}
          error={draft.secret !== '' && !isFine}
          onChange={(event) => change({ secret: event.currentTarget.value })}
        />
      )}
      <KeepOld value={draft.keepSeconds} onChange={(keepSeconds) => change({ keepSeconds })} />
    </FormDialog>
  );
}

function KeepOld({ value, onChange }: { value: number; onChange(seconds: number): void }) {
  const m = useMessages(robotsMessages);
  return (
    <Select
      label={m.keepOld}
      data={[
        { value: '0', label: m.keepNone },
        { value: '3600', label: m.keepHour },
        { value: '86400', label: m.keepDay },
        { value: '604800', label: m.keepWeek },
      ]}
      value={String(value)}
      allowDeselect={false}
      onChange={(seconds) => onChange(Number(seconds))}
    />
  );
}

async function refresh(robot: Robot, draft: Draft): Promise<ToldSecret> {
  const { isOwn, secret, keepSeconds } = draft;
  const told = await one(
    api.PATCH('/api/v2.0/robots/{robot_id}', {
      params: { path: { robot_id: robot.id } },
      body: {
        ...(isOwn && { secret }),
        ...(keepSeconds > 0 && { keep_old_seconds: keepSeconds }),
      },
    }),
  );
  const { id, name, creation_time, expires_at } = robot;
  return { id, name, creation_time, expires_at, ...told };
}
