import { Alert, Stack, Text } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { NameList } from '../../ui/dialog.tsx';
import { expiryOf } from './expiry.ts';
import { robotsMessages } from './messages.ts';
import type { Robot } from './robot-draft.ts';

/** Warns of robots among those that are listed which will be refused soon. */
export function ExpiringAlert({ robots, now }: { robots: readonly Robot[]; now: Date }) {
  const m = useMessages(robotsMessages);
  const format = useFormat();
  const soon = robots.flatMap(({ name, disable, expires_at: seconds }) => {
    const expiry = expiryOf(seconds, now);
    if (disable || expiry.kind !== 'soon') return [];
    return [m.expiresAt(name, format.relative(expiry.at))];
  });
  if (soon.length === 0) return null;
  return (
    <Alert
      color="yellow"
      mb="sm"
      role="status"
      icon={<IconClockExclamation aria-hidden />}
      title={m.expiringTitle(soon.length)}
    >
      <Stack gap="xs">
        <NameList names={soon} />
        <Text size="sm">{m.expiringHint}</Text>
      </Stack>
    </Alert>
  );
}
