import { Menu, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import type { Column } from '../../ui/data-table.tsx';
import { Link } from '../../ui/link.tsx';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { Status, Time } from '../../ui/values.tsx';
import type { Asked } from './asked.ts';
import { webhooksMessages } from './messages.ts';
import { lastTimes, switched, type WebhookPolicy } from './policy.ts';
import { lastTriggersQuery, usePolicyChanges } from './webhook-queries.ts';

/** What the table of policies shows. */
export function usePolicyColumns(onAsk: (asked: Asked) => void): readonly Column<WebhookPolicy>[] {
  const m = useMessages(webhooksMessages);
  const words = useMessages(common);
  const { project_id: projectId } = useProject().project;
  const { data: triggers } = useQuery(lastTriggersQuery(projectId));
  const times = lastTimes(triggers?.items ?? []);
  return [
    {
      key: 'name',
      title: words.name,
      sort: 'name',
      isFixed: true,
      render: (policy) => <PolicyName policy={policy} />,
    },
    {
      key: 'status',
      title: m.status,
      sort: 'enabled',
      render: ({ enabled }) => (
        <Status
          value={enabled ? 'enabled' : 'disabled'}
          label={enabled ? words.enabled : words.disabled}
        />
      ),
    },
    { key: 'endpoint', title: m.endpoint, render: (policy) => <Endpoint policy={policy} /> },
    {
      key: 'events',
      title: m.events,
      render: ({ event_types: types }) => (
        <Text size="sm" maw="16rem" miw="10rem">
          {types.map(m.eventOf).join(m.separator)}
        </Text>
      ),
    },
    {
      key: 'last',
      title: m.lastTriggered,
      render: ({ name }) => triggers !== undefined && <Time value={times.get(name)} />,
    },
    {
      key: 'created',
      title: m.created,
      sort: 'creation_time',
      render: ({ creation_time: time }) => <Time value={time} />,
    },
    {
      key: 'actions',
      title: '',
      isFixed: true,
      align: 'right',
      render: (policy) => <PolicyMenu policy={policy} onAsk={onAsk} />,
    },
  ];
}

function PolicyName({ policy }: { policy: WebhookPolicy }) {
  const { project } = useProject();
  return (
    <Stack gap={0} maw="16rem">
      <Link
        to="/p/$project/webhooks/$policy"
        params={{ project: project.name, policy: String(policy.id) }}
      >
        {policy.name}
      </Link>
      {policy.description !== undefined && (
        <Text size="xs" c="dimmed" lineClamp={2}>
          {policy.description}
        </Text>
      )}
    </Stack>
  );
}

/** Where a policy sends to, and how. */
export function Endpoint({ policy: { targets } }: { policy: WebhookPolicy }) {
  const m = useMessages(webhooksMessages);
  const [target] = targets;
  if (target === undefined) return null;
  const { type, address, payload_format: format } = target;
  return (
    <Stack gap={0} maw="24rem" miw="12rem">
      <Text size="sm" className="rule-sentence">
        {address}
      </Text>
      <Text size="xs" c="dimmed">
        {m.how(m.typeOf(type), format, targets.length - 1)}
      </Text>
    </Stack>
  );
}

function PolicyMenu({ policy, onAsk }: { policy: WebhookPolicy; onAsk(asked: Asked): void }) {
  const m = useMessages(webhooksMessages);
  const words = useMessages(common);
  const { permissions } = useProject();
  const { put, show } = usePolicyChanges();
  const mayUpdate = permissions.can('notification-policy', 'update');
  const mayDelete = permissions.can('notification-policy', 'delete');
  async function toggle(): Promise<void> {
    await put(policy, switched(policy, !policy.enabled));
    notifyDone(policy.enabled ? m.disabledPolicy(policy.name) : m.enabledPolicy(policy.name));
    await show();
  }
  if (!mayUpdate && !mayDelete) return null;
  return (
    <RowMenu name={policy.name}>
      {mayUpdate && (
        <>
          <Menu.Item onClick={() => onAsk({ kind: 'edit', policy })}>{words.edit}</Menu.Item>
          <Menu.Item onClick={() => void toggle().catch(notifyFailure)}>
            {policy.enabled ? words.disable : words.enable}
          </Menu.Item>
        </>
      )}
      {mayDelete && (
        <Menu.Item
          c="var(--mantine-color-error)"
          onClick={() => onAsk({ kind: 'delete', policies: [policy] })}
        >
          {words.delete}
        </Menu.Item>
      )}
    </RowMenu>
  );
}
