import { Button, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { useOrder } from '../../lib/order.ts';
import { useProject } from '../../lib/project.ts';
import { Toolbar } from '../../ui/states.tsx';
import { LabelDialog } from './label-dialog.tsx';
import type { Label } from './label-draft.ts';
import { LabelTable } from './label-table.tsx';
import { labelsMessages } from './messages.ts';

/** Labels of a project. */
export function ProjectLabelsPage() {
  const m = useMessages(labelsMessages);
  const { project, permissions } = useProject();
  const order = useOrder<{ readonly label?: Label }>();
  const rights = {
    mayCreate: permissions.can('label', 'create'),
    mayUpdate: permissions.can('label', 'update'),
    mayDelete: permissions.can('label', 'delete'),
  };
  return (
    <div>
      <Toolbar>
        <Text c="dimmed" size="sm">
          {m.projectDescription}
        </Text>
        {rights.mayCreate && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => order.open({})}>
            {m.newLabel}
          </Button>
        )}
      </Toolbar>
      <LabelTable
        projectId={project.project_id}
        rights={rights}
        onEdit={(label) => order.open({ label })}
      />
      <LabelDialog order={order} projectId={project.project_id} />
    </div>
  );
}
