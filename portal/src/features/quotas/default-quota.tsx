import { Alert, Button, Card, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, done, one } from '../../lib/api.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { Link } from '../../ui/link.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { QueryView } from '../../ui/states.tsx';
import { limitBytes, parseLimit } from './limit.ts';
import { LimitField } from './limit-field.tsx';
import { quotasMessages } from './messages.ts';

const configurationQuery = queryOptions({
  queryKey: ['configuration'],
  queryFn: ({ signal }) => one(api.GET('/api/v2.0/configurations', { signal })),
});

/** What new projects get. */
export function DefaultQuota() {
  const m = useMessages(quotasMessages);
  const { bytes } = useFormat();
  const [isOpen, dialog] = useDisclosure(false);
  const query = useQuery(configurationQuery);
  return (
    <QueryView query={query}>
      {({ storage_per_project: item, quota_per_project_enable: enforced }) => {
        const storage = Number(item?.value ?? -1);
        const mayEdit = item?.editable === true;
        return (
          <>
            {enforced?.value === false && (
              <Alert color="yellow" role="status">
                {m.notEnforced} <Link to="/admin/configuration">{m.toConfiguration}</Link>
              </Alert>
            )}
            <Card withBorder padding="sm">
              <Group gap="md">
                <Text size="sm" c="dimmed">
                  {m.defaultLimit}
                </Text>
                <Text fw={600}>{storage < 0 ? m.unlimited : bytes(storage)}</Text>
                {mayEdit ? (
                  <Button size="xs" variant="default" onClick={dialog.open}>
                    {m.editDefault}
                  </Button>
                ) : (
                  <Text size="sm">{m.locked}</Text>
                )}
              </Group>
            </Card>
            {isOpen && <DefaultDialog storage={storage} onClose={dialog.close} />}
          </>
        );
      }}
    </QueryView>
  );
}

function DefaultDialog({ storage, onClose }: { storage: number; onClose(): void }) {
  const m = useMessages(quotasMessages);
  const client = useQueryClient();
  const [limit, setLimit] = useState(() => parseLimit(storage));
  const bytes = limitBytes(limit);
  async function send(): Promise<void> {
    if (bytes === undefined) return;
    await done(api.PUT('/api/v2.0/configurations', { body: { storage_per_project: bytes } }));
    notifyDone(m.defaultSaved);
    await client.invalidateQueries({ queryKey: ['configuration'] });
  }
  return (
    <FormDialog
      title={m.editDefault}
      opened
      onClose={onClose}
      onSubmit={send}
      isIncomplete={bytes === undefined}
    >
      <Text size="sm">{m.defaultHint}</Text>
      <LimitField value={limit} onChange={setLimit} />
    </FormDialog>
  );
}
