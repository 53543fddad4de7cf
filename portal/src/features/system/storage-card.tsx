import { Card, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, one } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { useSystemInfo } from '../../lib/session.ts';
import { QueryView } from '../../ui/states.tsx';
import { Bytes, KeyValues, UsageBar } from '../../ui/values.tsx';
import { systemMessages } from './messages.ts';

/** How full the volume is that the content is on. */
export function StorageCard() {
  const m = useMessages(systemMessages);
  const { registry_storage_provider_name: kind } = useSystemInfo();
  const query = useQuery({
    queryKey: ['volumes'],
    queryFn: ({ signal }) => one(api.GET('/api/v2.0/systeminfo/volumes', { signal })),
  });
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h5">
          {m.storage}
        </Title>
        {kind !== undefined && <KeyValues entries={[[m.storageKind, m.storageKinds(kind)]]} />}
        <QueryView query={query}>
          {({ storage }) => (
            <>
              {storage.every(({ total }) => total === 0) && (
                <Text c="dimmed">{m.unknownVolume}</Text>
              )}
              {storage
                .filter(({ total }) => total > 0)
                .map(({ total, free }, index) => (
                  <Stack key={index} gap="xs">
                    <UsageBar used={total - free} hard={total} label={m.volume(index + 1)} />
                    <KeyValues entries={[[m.free, <Bytes key="free" value={free} />]]} />
                  </Stack>
                ))}
            </>
          )}
        </QueryView>
      </Stack>
    </Card>
  );
}
