import { Alert, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMessages } from '../../lib/messages.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { tkeMessages } from './messages.ts';
import { PhaseStatus } from './phase-status.tsx';
import { sysinfoQuery } from './tke-queries.ts';
import type { Namespace } from './tke-types.ts';

/** The address of a namespace, and what it is. */
export function NamespaceFacts({ namespace: { spec, status } }: { namespace: Namespace }) {
  const m = useMessages(tkeMessages);
  const host = useQuery(sysinfoQuery).data?.registry.guidance.registry;
  const address = host === undefined ? undefined : `${host}/${spec.name}`;
  return (
    <>
      {status.locked === true && (
        <Alert color="yellow" title={m.locked} role="status">
          {m.lockedHint}
        </Alert>
      )}
      <Group gap="lg">
        {address !== undefined && (
          <Group gap={4} wrap="nowrap" miw={0}>
            <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {address}
            </Text>
            <CopyButton value={address} label={m.registryAddress} />
          </Group>
        )}
        <Text size="sm">{m.visibilities(spec.visibility)}</Text>
        <Text size="sm">{m.types(spec.type)}</Text>
        {(spec.projects ?? []).length > 0 && <Text size="sm">{spec.projects?.join(', ')}</Text>}
        <PhaseStatus status={status} />
      </Group>
    </>
  );
}
