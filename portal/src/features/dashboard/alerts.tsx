import { Group, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconClockExclamation } from '@tabler/icons-react';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { useIsAdmin } from '../../lib/session.ts';
import { Link } from '../../ui/link.tsx';
import { Time } from '../../ui/values.tsx';
import { type Alert, isGrave, keyOf, placeOf } from './alert-place.ts';
import { dashboardMessages } from './messages.ts';
import { Panel } from './panel.tsx';

/** What the reader should look after. */
export function Alerts({ alerts }: { alerts: readonly Alert[] }) {
  const m = useMessages(dashboardMessages);
  const isAdmin = useIsAdmin();
  if (alerts.length === 0) return isAdmin ? <AllWell /> : null;
  return (
    <Panel title={m.alerts}>
      <Stack gap={6} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {alerts
          .toSorted((a, b) => Number(isGrave(b)) - Number(isGrave(a)))
          .map((alert) => (
            <AlertLine key={keyOf(alert)} alert={alert} />
          ))}
      </Stack>
    </Panel>
  );
}

function AllWell() {
  const m = useMessages(dashboardMessages);
  return (
    <Group gap={6} wrap="nowrap">
      <ThemeIcon variant="transparent" color="green" size="sm">
        <IconCircleCheck size={18} aria-hidden />
      </ThemeIcon>
      <Text size="sm" c="dimmed">
        {m.noAlerts}
      </Text>
    </Group>
  );
}

function AlertLine({ alert }: { alert: Alert }) {
  const sentence = useSentence(alert);
  const Icon = isGrave(alert) ? IconAlertTriangle : IconClockExclamation;
  return (
    <Group component="li" gap="xs" wrap="nowrap" align="start">
      <ThemeIcon variant="light" color={isGrave(alert) ? 'red' : 'yellow'} size="sm" mt={1}>
        <Icon size={14} aria-hidden />
      </ThemeIcon>
      <Text size="sm" miw={0} style={{ overflowWrap: 'anywhere' }}>
        <Link {...placeOf(alert)} inherit>
          {sentence}
        </Link>{' '}
        <Text span inherit c="dimmed">
          <Detail alert={alert} />
        </Text>
      </Text>
    </Group>
  );
}

function useSentence(alert: Alert): string {
  const m = useMessages(dashboardMessages);
  const { percent, duration } = useFormat();
  switch (alert.kind) {
    case 'quota':
      return m.alertQuota(alert.project, percent(alert.hard > 0 ? alert.used / alert.hard : 1));
    case 'robot-expiring':
      return m.alertRobot(alert.robot);
    case 'job-failed':
      return m.alertJob(m.job(alert.vendor_type), alert.count);
    case 'queue-stalled':
      return m.alertQueue(m.job(alert.job_type), duration(alert.latency_seconds));
    case 'health':
      return m.alertHealth(alert.component);
  }
}

function Detail({ alert }: { alert: Alert }) {
  if (alert.kind === 'health') return alert.error;
  if (alert.kind === 'robot-expiring') return <Time value={alert.expires_at} />;
  if (alert.kind === 'job-failed') return <Time value={alert.time} />;
  return null;
}
