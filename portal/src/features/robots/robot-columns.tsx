import { Badge, Group, Stack, Text } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { CopyButton } from '../../ui/copy.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { Status, Time } from '../../ui/values.tsx';
import { ExpiryValue } from './expiry-value.tsx';
import { robotsMessages } from './messages.ts';
import { PermissionPopover } from './permission-popover.tsx';
import type { Robot } from './robot-draft.ts';

/** Columns of a list of robots, without what can be done with them. */
export function useRobotColumns(now: Date): readonly Column<Robot>[] {
  const m = useMessages(robotsMessages);
  const words = useMessages(common);
  return [
    {
      key: 'name',
      title: words.name,
      sort: 'name',
      isFixed: true,
      render: (robot) => <Name robot={robot} />,
    },
    {
      key: 'state',
      title: m.state,
      sort: 'disabled',
      render: ({ disable }) => (
        <Status
          value={disable ? 'disabled' : 'enabled'}
          label={disable ? words.disabled : words.enabled}
        />
      ),
    },
    {
      key: 'permissions',
      title: m.permissions,
      render: (robot) => <PermissionPopover robot={robot} />,
    },
    {
      key: 'expires',
      title: m.expires,
      render: ({ expires_at: seconds }) => <ExpiryValue seconds={seconds} now={now} />,
    },
    {
      key: 'used',
      title: m.lastUsed,
      sort: 'last_used_time',
      render: ({ last_used_time: time }) => <Time value={time} />,
    },
    {
      key: 'created',
      title: m.created,
      sort: 'creation_time',
      render: ({ creation_time: time }) => <Time value={time} />,
    },
  ];
}

function Name({ robot }: { robot: Robot }) {
  const m = useMessages(robotsMessages);
  const { name, description = '', trusts = [] } = robot;
  return (
    <Stack gap={0}>
      <Group gap={4} wrap="nowrap">
        <Text inherit fw={500}>
          {name}
        </Text>
        <CopyButton value={name} label={name} />
        {trusts.length > 0 && (
          <Badge variant="light" tt="none">
            {m.trustBadge}
          </Badge>
        )}
      </Group>
      {description !== '' && (
        <Text size="xs" c="dimmed" lineClamp={2} maw={420} style={{ overflowWrap: 'anywhere' }}>
          {description}
        </Text>
      )}
    </Stack>
  );
}
