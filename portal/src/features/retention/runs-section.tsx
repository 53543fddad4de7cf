import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconPlayerPlay, IconTestPipe } from '@tabler/icons-react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, done, many } from '../../lib/api.ts';
import { useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { parseRunId } from '../../lib/system-job.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { useSubmit } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Empty } from '../../ui/states.tsx';
import { retentionMessages } from './messages.ts';
import { isUnderWay, type RetentionPolicy } from './policy.ts';
import { useRunColumns } from './run-columns.tsx';
import { RunNowDialog, StopDialog } from './run-dialogs.tsx';
import { RunPreview } from './run-preview.tsx';
import { RunResult } from './run-result.tsx';

/** Runs of the policy: the ways to start one, the last dry run, and what there was before. */
export function RunsSection({ policy }: { policy: RetentionPolicy }) {
  const m = useMessages(retentionMessages);
  const start = useStart(policy.id);
  const [preview, setPreview] = useState<number>();
  const mayRun = useProject().permissions.can('tag-retention', 'update');
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {m.runs}
        </Title>
        {mayRun && policy.rules.length > 0 && <StartButtons start={start} onPreview={setPreview} />}
      </Group>
      {preview !== undefined && (
        <RunPreview id={policy.id} eid={preview} onClose={() => setPreview(undefined)} />
      )}
      <RunTable policy={policy} />
    </Stack>
  );
}

type Start = (isDryRun: boolean) => Promise<number | undefined>;

function useStart(id: number): Start {
  const client = useQueryClient();
  return async (isDryRun) => {
    const location = await done(
      api.POST('/api/v2.0/retentions/{id}/executions', {
        params: { path: { id } },
        body: { dry_run: isDryRun },
      }),
    );
    await client.invalidateQueries({ queryKey: ['retention', id, 'runs'] });
    return parseRunId(location);
  };
}

function StartButtons({ start, onPreview }: { start: Start; onPreview(run: number): void }) {
  const m = useMessages(retentionMessages);
  const [isAsking, setAsking] = useState(false);
  const { submit, isSending, failure } = useSubmit(async () => {
    const run = await start(true);
    if (run !== undefined) onPreview(run);
  });
  return (
    <form onSubmit={submit}>
      <Stack gap="xs" align="end">
        <Group gap="xs">
          <Button
            type="submit"
            loading={isSending}
            leftSection={<IconTestPipe size={16} aria-hidden />}
          >
            {m.dryRun}
          </Button>
          <Button
            variant="default"
            leftSection={<IconPlayerPlay size={16} aria-hidden />}
            onClick={() => setAsking(true)}
          >
            {m.runNow}
          </Button>
        </Group>
        {failure}
      </Stack>
      <RunNowDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        onRun={async () => {
          const run = await start(false);
          if (run !== undefined) notifyDone(m.runStarted(run));
        }}
      />
    </form>
  );
}

function RunTable({ policy: { id } }: { policy: RetentionPolicy }) {
  const m = useMessages(retentionMessages);
  const list = useListState({ table: 'retention-runs' });
  const [stopped, setStopped] = useState<number>();
  const page = { page: list.page, page_size: list.size };
  const query = useQuery({
    queryKey: ['retention', id, 'runs', 'list', page],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/retentions/{id}/executions', {
          params: { path: { id }, query: page },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <DataTable
        label={m.runs}
        table="retention-runs"
        columns={useRunColumns(setStopped)}
        query={query}
        list={list}
        keyOf={({ id: run }) => String(run)}
        nameOf={({ id: run }) => m.run(run)}
        renderDetail={(run) => (
          <RunResult id={id} eid={run.id} isDryRun={run.dry_run} isUnderWay={isUnderWay(run)} />
        )}
        empty={
          <Empty title={m.noRunTitle}>
            <Text c="dimmed">{m.noRunText}</Text>
          </Empty>
        }
      />
      {stopped !== undefined && (
        <StopDialog id={id} eid={stopped} onClose={() => setStopped(undefined)} />
      )}
    </>
  );
}
