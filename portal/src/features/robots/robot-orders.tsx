import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMessages } from '../../lib/messages.ts';
import type { Order } from '../../lib/order.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import { robotsMessages } from './messages.ts';
import type { Robot } from './robot-draft.ts';
import { deleteRobot, robotsChanged, updateRobot } from './robot-place.ts';

/** What is to happen to robots, once it is confirmed. */
export interface RobotOrder {
  readonly kind: 'enable' | 'disable' | 'delete';
  readonly robots: readonly Robot[];
  /** Takes back what was selected. */
  clear(): void;
}

/** Asks, then does it to all of them. */
export function RobotOrderDialog({ order }: { order: Order<RobotOrder> }) {
  const m = useMessages(robotsMessages);
  const client = useQueryClient();
  const { kind = 'delete', robots = [], clear } = order.value ?? {};
  const words = {
    enable: { title: m.enableRobots(robots.length), text: undefined },
    disable: { title: m.disableRobots(robots.length), text: m.disableText },
    delete: { title: m.deleteRobots(robots.length), text: m.deleteText },
  };
  const { title, text } = words[kind];
  async function confirm(): Promise<void> {
    clear?.();
    void runBatch({
      title,
      items: robots,
      nameOf: ({ name }) => name,
      run: (robot) =>
        kind === 'delete'
          ? deleteRobot(robot)
          : updateRobot(robot, { disable: kind === 'disable' }),
    }).finally(() => void robotsChanged(client));
  }
  return (
    <ConfirmDialog
      title={title}
      opened={order.isOpen}
      onClose={order.close}
      onConfirm={confirm}
      confirmLabel={title}
      isDangerous={kind !== 'enable'}
    >
      <NameList names={robots.map(({ name }) => name)} />
      {text !== undefined && <Text size="sm">{text}</Text>}
    </ConfirmDialog>
  );
}
