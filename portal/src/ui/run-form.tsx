import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useMessages } from '../lib/messages.ts';
import { parseRunId, type SystemJob, type SystemSchedule } from '../lib/system-job.ts';
import { ConfirmDialog, useSubmit } from './dialog.tsx';
import { notifyDone, notifyFailure } from './notify.tsx';
import { runMessages } from './run-messages.ts';
import { parseSchedule, ScheduleEditor } from './schedule-editor.tsx';

interface RunFormProps {
  readonly job: SystemJob;
  readonly schedule: SystemSchedule | null;
  /** What the fields above the schedule say, as the API takes it; undefined while they say nothing. */
  readonly parameters: Readonly<Record<string, unknown>> | undefined;
  /** "Collect now", and what that will do. */
  readonly runLabel: string;
  readonly runTitle: string;
  readonly runText: ReactNode;
  /** Told of the run that was started. */
  onStarted(id: number): void;
  /** Fields of what the job can be told. */
  readonly children: ReactNode;
}

/** How and when a job runs: by the schedule, or now. */
export function RunForm(props: RunFormProps) {
  const { job, parameters, runTitle, runText, runLabel, children } = props;
  const m = useMessages(runMessages);
  const [when, setWhen] = useState(() => parseSchedule(props.schedule?.schedule));
  const [isAsking, setAsking] = useState(false);
  const start = useStart(job, parameters, props.onStarted);
  const save = useSave(job, { schedule: when, parameters });
  const isCron = when.type === 'None' || when.cron.trim().split(/\s+/).length === 6;
  return (
    <Card withBorder component="form" onSubmit={save.submit} noValidate>
      <Stack>
        <Title order={2} size="h4">
          {m.scheduleTitle}
        </Title>
        {save.failure}
        {children}
        <div>
          <ScheduleEditor value={when} onChange={setWhen} />
          {!isCron && when.cron !== '' && (
            <Text size="sm" c="var(--mantine-color-error)" mt={4} role="status">
              {m.cronWrong}
            </Text>
          )}
        </div>
        <Group gap="xs">
          <Button
            type="submit"
            loading={save.isSending}
            disabled={parameters === undefined || !isCron}
          >
            {m.saveSchedule}
          </Button>
          <Button
            variant="default"
            disabled={parameters === undefined}
            onClick={() => void start(true).catch(notifyFailure)}
          >
            {m.dryRun}
          </Button>
          <Button
            variant="default"
            disabled={parameters === undefined}
            onClick={() => setAsking(true)}
          >
            {runLabel}
          </Button>
        </Group>
      </Stack>
      <ConfirmDialog
        title={runTitle}
        opened={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={() => start(false)}
        confirmLabel={runLabel}
      >
        {runText}
      </ConfirmDialog>
    </Card>
  );
}

function useStart(
  job: SystemJob,
  parameters: RunFormProps['parameters'],
  onStarted: (id: number) => void,
) {
  const client = useQueryClient();
  const m = useMessages(runMessages);
  return async (isDryRun: boolean) => {
    const location = await job.run({
      schedule: { type: 'Manual' },
      parameters: { ...parameters, dry_run: isDryRun },
    });
    await client.invalidateQueries({ queryKey: ['system-job', job.key] });
    const id = parseRunId(location);
    if (id === undefined) return;
    notifyDone(m.runStarted(id));
    onStarted(id);
  };
}

function useSave(
  job: SystemJob,
  {
    schedule,
    parameters,
  }: Pick<RunFormProps, 'parameters'> & { schedule: ReturnType<typeof parseSchedule> },
) {
  const client = useQueryClient();
  const m = useMessages(runMessages);
  return useSubmit(async () => {
    await job.setSchedule({ schedule, parameters: { ...parameters, dry_run: false } });
    notifyDone(m.saved);
    await client.invalidateQueries({ queryKey: ['system-job', job.key] });
  });
}
