import { ActionIcon, Group, Loader, Select, Text, Tooltip } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ListState, useListState } from '../../lib/list-state.ts';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { runMessages } from '../../ui/run-messages.ts';
import { Empty } from '../../ui/states.tsx';
import { Status, Time } from '../../ui/values.tsx';
import { type Delivery, eventTypeOf, STATUSES } from './delivery.ts';
import { DeliveryDetail } from './delivery-detail.tsx';
import { deliveriesQuery, type PolicyPlace, useReplay } from './delivery-queries.ts';
import { webhooksMessages } from './messages.ts';
import type { WebhookPolicy } from './policy.ts';

/** The newest deliveries, each with what was sent and its log. */
export function DeliveryTable({ policy }: { policy: WebhookPolicy }) {
  const m = useMessages(webhooksMessages);
  const list = useListState({ table: 'deliveries', sort: '-id' });
  const place: PolicyPlace = {
    project_name_or_id: String(policy.project_id),
    webhook_policy_id: policy.id,
  };
  const query = useQuery({ ...deliveriesQuery(place, list), placeholderData: keepPreviousData });
  useLive([`webhook:${policy.id}`], [['deliveries', policy.id]]);
  const events = policy.event_types.map(m.eventOf).join(m.separator);
  return (
    <DataTable
      label={m.deliveries}
      table="deliveries"
      columns={useDeliveryColumns(policy, place)}
      query={query}
      list={list}
      keyOf={({ id }) => String(id)}
      nameOf={({ id }) => m.delivery(id)}
      toolbar={<StatusFilter list={list} />}
      renderDetail={(delivery) => <DeliveryDetail delivery={delivery} place={place} />}
      empty={
        <Empty title={m.noDeliveryTitle}>
          <Text c="dimmed">{m.noDeliveryText(events)}</Text>
        </Empty>
      }
    />
  );
}

function StatusFilter({ list }: { list: ListState }) {
  const m = useMessages(webhooksMessages);
  const runs = useMessages(runMessages);
  return (
    <Select
      aria-label={m.status}
      placeholder={m.allStatuses}
      clearable
      data={STATUSES.map((value) => ({ value, label: runs.statusOf(value) }))}
      value={list.filter('status') || null}
      onChange={(value) => list.setFilter('status', value ?? '')}
    />
  );
}

function useDeliveryColumns(
  policy: WebhookPolicy,
  place: PolicyPlace,
): readonly Column<Delivery>[] {
  const m = useMessages(webhooksMessages);
  const runs = useMessages(runMessages);
  // The server refuses it for a policy that is off.
  const mayReplay = useProject().permissions.can('notification-policy', 'update') && policy.enabled;
  return [
    { key: 'id', title: m.id, sort: 'id', isFixed: true, render: ({ id }) => id },
    {
      key: 'status',
      title: m.status,
      sort: 'status',
      isFixed: true,
      render: ({ status }) => (
        <Group gap="xs" wrap="nowrap">
          <Status value={status} label={runs.statusOf(status)} />
          {status === 'Running' && <Loader size={14} aria-hidden />}
        </Group>
      ),
    },
    { key: 'event', title: m.event, render: (delivery) => m.eventOf(eventTypeOf(delivery)) },
    {
      key: 'type',
      title: m.type,
      render: ({ vendor_type: type }) => m.typeOf(type === 'SLACK' ? 'slack' : 'http'),
    },
    {
      key: 'started',
      title: m.started,
      sort: 'start_time',
      render: ({ start_time: time }) => <Time value={time} />,
    },
    {
      key: 'ended',
      title: m.ended,
      sort: 'end_time',
      render: ({ end_time: time }) => time !== undefined && <Time value={time} />,
    },
    {
      key: 'actions',
      title: '',
      isFixed: true,
      align: 'right',
      render: ({ id }) => mayReplay && <ReplayButton id={id} place={place} />,
    },
  ];
}

function ReplayButton({ id, place }: { id: number; place: PolicyPlace }) {
  const m = useMessages(webhooksMessages);
  const replay = useReplay(place);
  return (
    <Tooltip label={m.replay}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={m.replayOf(id)}
        onClick={() => void replay(id).then(() => notifyDone(m.replayed(id)), notifyFailure)}
      >
        <IconRepeat size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
