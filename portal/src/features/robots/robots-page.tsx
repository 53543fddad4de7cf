import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { useIsAdmin } from '../../lib/session.ts';
import { Page } from '../../ui/page.tsx';
import { robotsMessages } from './messages.ts';
import { useRobotDialogs } from './robot-workplace.tsx';

/** Robots of the registry, for administrators. */
export function RobotsPage() {
  const m = useMessages(robotsMessages);
  const isAdmin = useIsAdmin();
  const { create, content } = useRobotDialogs({
    project: undefined,
    mayCreate: isAdmin,
    mayUpdate: isAdmin,
    mayDelete: isAdmin,
  });
  const button = isAdmin && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={create}>
      {m.newRobot}
    </Button>
  );
  return (
    <Page title={m.title} description={m.description} actions={button}>
      <div>{content}</div>
    </Page>
  );
}
