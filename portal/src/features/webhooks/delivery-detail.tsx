import { Code, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { LogViewer } from '../../ui/log-viewer.tsx';
import { runMessages } from '../../ui/run-messages.ts';
import { QueryView } from '../../ui/states.tsx';
import { Status } from '../../ui/values.tsx';
import { type Delivery, type DeliveryTask, payloadOf } from './delivery.ts';
import { logQuery, type PolicyPlace, tasksQuery } from './delivery-queries.ts';
import { webhooksMessages } from './messages.ts';

/** What was sent, and what came of it. */
export function DeliveryDetail({ delivery, place }: { delivery: Delivery; place: PolicyPlace }) {
  const m = useMessages(webhooksMessages);
  const tasks = useQuery(tasksQuery(place, delivery.id));
  const isOver = delivery.end_time !== undefined;
  useLive(
    [isOver ? undefined : `execution:${delivery.id}`],
    [['deliveries', place.webhook_policy_id]],
  );
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} p="xs">
      <Payload delivery={delivery} />
      <QueryView query={tasks}>
        {({ items }) => (
          <Stack gap="md" miw={0}>
            {items.length === 0 && <Text size="sm">{m.noTask}</Text>}
            {items.map((task) => (
              <TaskLog key={task.id} task={task} place={place} />
            ))}
          </Stack>
        )}
      </QueryView>
    </SimpleGrid>
  );
}

function Payload({ delivery }: { delivery: Delivery }) {
  const m = useMessages(webhooksMessages);
  const payload = payloadOf(delivery);
  return (
    <Stack gap={4} miw={0}>
      <Text size="sm" fw={600}>
        {m.payload}
      </Text>
      {payload === '' ? (
        <Text size="sm">{m.noPayload}</Text>
      ) : (
        <Group gap={4} align="start" wrap="nowrap">
          <Code
            block
            className="log"
            tabIndex={0}
            role="region"
            aria-label={m.payloadOf(delivery.id)}
            flex={1}
          >
            {payload}
          </Code>
          <CopyButton value={payload} label={m.payload} />
        </Group>
      )}
    </Stack>
  );
}

function TaskLog({ task, place }: { task: DeliveryTask; place: PolicyPlace }) {
  const m = useMessages(webhooksMessages);
  const runs = useMessages(runMessages);
  const log = useQuery(logQuery(place, task));
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {m.log}
        </Text>
        <Status value={task.status} label={runs.statusOf(task.status)} />
        <Text size="sm" c="dimmed">
          {m.attempts(task.run_count)}
        </Text>
      </Group>
      <QueryView query={log}>
        {(text) => <LogViewer text={text} label={m.logOf(task.id)} />}
      </QueryView>
    </Stack>
  );
}
