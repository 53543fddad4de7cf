import { Button, Checkbox, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, one } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { useSubmit } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { ScheduleEditor, scheduleOfCron } from '../../ui/schedule-editor.tsx';
import { scheduleMessages } from '../../ui/schedule-messages.ts';
import { Time } from '../../ui/values.tsx';
import { retentionMessages } from './messages.ts';
import { draftOfPolicy, type RetentionPolicy } from './policy.ts';
import { useSavePolicy } from './retention-queries.ts';

/** When the policy runs by itself, and how it looks at tags. */
export function ScheduleSection({ policy }: { policy: RetentionPolicy }) {
  const m = useMessages(retentionMessages);
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        {m.schedule}
      </Title>
      <NextRun policy={policy} />
      {/* What was saved, here or elsewhere, is what is typed from then on. */}
      <ScheduleForm key={`${policy.trigger.settings.cron} ${policy.per_tag}`} policy={policy} />
    </Stack>
  );
}

function NextRun({ policy }: { policy: RetentionPolicy }) {
  const m = useMessages(retentionMessages);
  const words = useMessages(scheduleMessages);
  const { cron, next_scheduled_time: next } = policy.trigger.settings;
  const { data } = useQuery({
    queryKey: ['schedules-paused'],
    queryFn: ({ signal }) =>
      one(
        api.GET('/api/v2.0/schedules/{job_type}/paused', {
          params: { path: { job_type: 'all' } },
          signal,
        }),
      ),
    enabled: cron !== '',
  });
  if (cron === '') return null;
  if (data?.paused === true) return <Text size="sm">{words.paused}</Text>;
  return (
    <Text size="sm">
      {m.nextRun}: <Time value={next} />
    </Text>
  );
}

function ScheduleForm({ policy }: { policy: RetentionPolicy }) {
  const m = useMessages(retentionMessages);
  const { permissions } = useProject();
  const save = useSavePolicy(policy);
  const before = draftOfPolicy(policy);
  const [schedule, setSchedule] = useState(() => scheduleOfCron(before.cron));
  const [isPerTag, setPerTag] = useState(before.isPerTag);
  const mayChange = permissions.can('tag-retention', 'update');
  const cron = schedule.cron.trim();
  const isWrong = schedule.type !== 'None' && cron.split(/\s+/).length !== 6;
  const isChanged = cron !== before.cron || isPerTag !== before.isPerTag;
  const { submit, isSending, failure } = useSubmit(async () => {
    await save({ cron, isPerTag });
    notifyDone(m.scheduleSaved);
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm" align="start">
        {failure}
        <ScheduleEditor value={schedule} onChange={setSchedule} isDisabled={!mayChange} />
        <Checkbox
          label={m.perTag}
          description={m.perTagHint}
          checked={isPerTag}
          disabled={!mayChange}
          onChange={(event) => setPerTag(event.currentTarget.checked)}
        />
        {mayChange && (isChanged || schedule.type === 'Custom') && (
          <Group>
            <Button type="submit" loading={isSending} disabled={isWrong || !isChanged}>
              {m.saveSchedule}
            </Button>
            {isWrong && <Text size="sm">{m.cronWrong}</Text>}
          </Group>
        )}
      </Stack>
    </form>
  );
}
