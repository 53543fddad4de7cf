import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { useOrder } from '../../lib/order.ts';
import { useIsAdmin } from '../../lib/session.ts';
import { Page } from '../../ui/page.tsx';
import { LabelDialog } from './label-dialog.tsx';
import type { Label } from './label-draft.ts';
import { LabelTable } from './label-table.tsx';
import { labelsMessages } from './messages.ts';

/** Labels of the registry, for all projects. */
export function LabelsPage() {
  const m = useMessages(labelsMessages);
  const isAdmin = useIsAdmin();
  const order = useOrder<{ readonly label?: Label }>();
  const button = isAdmin && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => order.open({})}>
      {m.newLabel}
    </Button>
  );
  return (
    <Page title={m.title} description={m.description} actions={button}>
      <LabelTable
        projectId={undefined}
        rights={{ mayCreate: isAdmin, mayUpdate: isAdmin, mayDelete: isAdmin }}
        onEdit={(label) => order.open({ label })}
      />
      <LabelDialog order={order} projectId={undefined} />
    </Page>
  );
}
