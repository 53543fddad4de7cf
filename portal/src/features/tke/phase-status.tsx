import { Group, Text } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { Status } from '../../ui/values.tsx';
import { tkeMessages } from './messages.ts';
import type { Phase } from './tke-types.ts';

const TONES = {
  Pending: 'pending',
  Available: 'healthy',
  Failed: 'failed',
  Terminating: 'stopping',
} as const;

interface PhaseStatusProps {
  readonly status: { readonly phase?: Phase; readonly message?: string; readonly locked?: boolean };
}

/** Where an object is in its life, why it failed, and whether it is locked. */
export function PhaseStatus({ status }: PhaseStatusProps) {
  const m = useMessages(tkeMessages);
  const { phase = 'Available', message, locked } = status;
  return (
    <Group gap={6}>
      <Status value={TONES[phase]} label={m.phases(phase)} />
      {locked === true && (
        <Group gap={4} wrap="nowrap">
          <IconLock size={14} aria-hidden />
          <Text span size="sm">
            {m.locked}
          </Text>
        </Group>
      )}
      {phase === 'Failed' && message !== undefined && <Text size="xs">{message}</Text>}
    </Group>
  );
}
