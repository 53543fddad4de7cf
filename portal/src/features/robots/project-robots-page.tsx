import { Button, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { Toolbar } from '../../ui/states.tsx';
import { robotsMessages } from './messages.ts';
import { useRobotDialogs } from './robot-workplace.tsx';

/** Robots of a project. */
export function ProjectRobotsPage() {
  const m = useMessages(robotsMessages);
  const { project, permissions } = useProject();
  const mayCreate = permissions.can('robot', 'create');
  const { create, content } = useRobotDialogs({
    project: { id: project.project_id, name: project.name },
    mayCreate,
    mayUpdate: permissions.can('robot', 'update'),
    mayDelete: permissions.can('robot', 'delete'),
  });
  return (
    <div>
      <Toolbar>
        <Text c="dimmed" size="sm">
          {m.projectDescription}
        </Text>
        {mayCreate && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={create}>
            {m.newRobot}
          </Button>
        )}
      </Toolbar>
      {content}
    </div>
  );
}
