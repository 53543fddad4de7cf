import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, done } from '../../lib/api.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { limitBytes, parseLimit } from './limit.ts';
import { LimitField } from './limit-field.tsx';
import { quotasMessages } from './messages.ts';
import { getQuotaId, type ProjectQuota } from './quota-queries.ts';

interface EditQuotaDialogProps {
  readonly quota: ProjectQuota;
  onClose(): void;
}

export function EditQuotaDialog({ quota, onClose }: EditQuotaDialogProps) {
  const m = useMessages(quotasMessages);
  const { bytes } = useFormat();
  const client = useQueryClient();
  const [limit, setLimit] = useState(() => parseLimit(quota.hard));
  const storage = limitBytes(limit);
  const isBelow = storage !== undefined && storage >= 0 && storage < quota.used;
  async function send(): Promise<void> {
    if (storage === undefined) return;
    await done(
      api.PUT('/api/v2.0/quotas/{id}', {
        params: { path: { id: await getQuotaId(quota) } },
        body: { hard: { storage } },
      }),
    );
    notifyDone(m.saved(quota.project));
    await client.invalidateQueries({ queryKey: ['quotas'] });
  }
  return (
    <FormDialog
      title={m.editQuota(quota.project)}
      opened
      onClose={onClose}
      onSubmit={send}
      isIncomplete={storage === undefined}
    >
      <Text size="sm">{m.usedNow(bytes(quota.used))}</Text>
      <LimitField value={limit} onChange={setLimit} />
      <Text size="sm" role="status">
        {isBelow && m.below}
      </Text>
    </FormDialog>
  );
}
