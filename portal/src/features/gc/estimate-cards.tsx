import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, one } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { FactCard } from '../../ui/run-cards.tsx';
import { QueryView } from '../../ui/states.tsx';
import { Bytes } from '../../ui/values.tsx';
import { gcMessages } from './messages.ts';

/** What a collection would free, and what goes or stays whatever it does. */
export function EstimateCards() {
  const m = useMessages(gcMessages);
  const query = useQuery({
    queryKey: ['system-job', 'gc', 'estimate'],
    queryFn: ({ signal }) => one(api.GET('/api/v2.0/system/gc/estimate', { signal })),
  });
  return (
    <QueryView query={query}>
      {(estimate) => (
        <>
          <SizeCard
            title={m.deletable}
            bytes={estimate.deletable_bytes}
            hint={m.blobs(estimate.deletable_blobs)}
          />
          <SizeCard
            title={m.held}
            bytes={estimate.held_bytes}
            hint={m.blobs(estimate.held_blobs)}
          />
          <SizeCard title={m.trash} bytes={estimate.trash_bytes} hint={m.trashHint} />
        </>
      )}
    </QueryView>
  );
}

function SizeCard({ title, bytes, hint }: { title: string; bytes: number; hint: string }) {
  return (
    <FactCard title={title}>
      <Text fw={600} size="lg">
        <Bytes value={bytes} />
      </Text>
      <Text size="sm" c="dimmed">
        {hint}
      </Text>
    </FactCard>
  );
}
