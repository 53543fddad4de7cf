import { Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { Link } from '../../ui/link.tsx';
import { isAbsent, QueryView } from '../../ui/states.tsx';
import { KeyValues, Status, Time } from '../../ui/values.tsx';
import { DeliveryTable } from './delivery-table.tsx';
import { webhooksMessages } from './messages.ts';
import type { WebhookPolicy } from './policy.ts';
import { Endpoint } from './policy-columns.tsx';
import { SignatureNote } from './signature-note.tsx';
import { policyQuery } from './webhook-queries.ts';

/** What a webhook has sent, and how that went. */
export function DeliveriesPage() {
  const { policy: id = '' } = useParams({ strict: false });
  const { project } = useProject();
  const query = useQuery(policyQuery(project.project_id, Number(id)));
  // Deleted meanwhile, or never there: that has a page of its own.
  if (isAbsent(query.error)) throw query.error;
  return <QueryView query={query}>{(policy) => <Content policy={policy} />}</QueryView>;
}

function Content({ policy }: { policy: WebhookPolicy }) {
  const m = useMessages(webhooksMessages);
  const { project } = useProject();
  return (
    <Stack gap="md">
      <div>
        <Link to="/p/$project/webhooks" params={{ project: project.name }} size="sm">
          {m.backToList}
        </Link>
      </div>
      <Facts policy={policy} />
      <Group gap="sm" align="baseline">
        <Title order={3} size="h5">
          {m.deliveries}
        </Title>
        <Text size="sm" c="dimmed">
          {m.deliveriesHint}
        </Text>
      </Group>
      <DeliveryTable policy={policy} />
      <SignatureNote />
    </Stack>
  );
}

function Facts({ policy }: { policy: WebhookPolicy }) {
  const m = useMessages(webhooksMessages);
  const words = useMessages(common);
  const { name, description, enabled, event_types: types } = policy;
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Title order={2} size="h4" className="page-heading">
          {name}
        </Title>
        <Status
          value={enabled ? 'enabled' : 'disabled'}
          label={enabled ? words.enabled : words.disabled}
        />
      </Group>
      {description !== undefined && (
        <Text size="sm" c="dimmed">
          {description}
        </Text>
      )}
      <KeyValues
        entries={[
          [m.endpoint, <Endpoint key="endpoint" policy={policy} />],
          [m.events, types.map(m.eventOf).join(m.separator)],
          [m.createdBy, policy.creator],
          [m.created, <Time key="created" value={policy.creation_time} />],
        ]}
      />
    </Stack>
  );
}
