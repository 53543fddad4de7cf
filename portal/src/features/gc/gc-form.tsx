import { List, NumberInput, Stack, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import type { SystemSchedule } from '../../lib/system-job.ts';
import { RunForm } from '../../ui/run-form.tsx';
import { gcJob } from './gc-job.ts';
import { type GcOptions, MOST_WORKERS, parseGcOptions, presentGcOptions } from './gc-options.ts';
import { gcMessages } from './messages.ts';

interface GcFormProps {
  readonly schedule: SystemSchedule | null;
  onStarted(id: number): void;
}

/** How and when garbage is collected. */
export function GcForm({ schedule, onStarted }: GcFormProps) {
  const m = useMessages(gcMessages);
  const [options, setOptions] = useState(() => parseGcOptions(schedule?.job_parameters));
  return (
    <RunForm
      job={gcJob}
      schedule={schedule}
      parameters={presentGcOptions(options)}
      runLabel={m.run}
      runTitle={m.runTitle}
      runText={<Consequences options={options} />}
      onStarted={onStarted}
    >
      <Switch
        label={m.deleteUntagged}
        description={m.deleteUntaggedHint}
        checked={options.deleteUntagged}
        onChange={(event) =>
          setOptions({ ...options, deleteUntagged: event.currentTarget.checked })
        }
      />
      <Switch
        label={m.purgeDeleted}
        description={m.purgeDeletedHint}
        checked={options.purgeDeleted}
        onChange={(event) => setOptions({ ...options, purgeDeleted: event.currentTarget.checked })}
      />
      <NumberInput
        label={m.workers}
        description={m.workersHint}
        min={1}
        max={MOST_WORKERS}
        allowDecimal={false}
        clampBehavior="none"
        maw={220}
        value={options.workers ?? ''}
        error={presentGcOptions(options) === undefined ? m.workersWrong : undefined}
        onChange={(workers) =>
          setOptions({ ...options, workers: workers === '' ? undefined : Number(workers) })
        }
      />
    </RunForm>
  );
}

function Consequences({ options }: { options: GcOptions }) {
  const m = useMessages(gcMessages);
  const { deleteUntagged, purgeDeleted } = options;
  return (
    <Stack gap="xs">
      <Text size="sm">{m.runText}</Text>
      {(deleteUntagged || purgeDeleted) && (
        <List size="sm">
          {deleteUntagged && (
            <List.Item>
              {m.deleteUntagged}. {m.deleteUntaggedHint}
            </List.Item>
          )}
          {purgeDeleted && (
            <List.Item>
              {m.purgeDeleted}. {m.purgeDeletedHint}
            </List.Item>
          )}
        </List>
      )}
    </Stack>
  );
}
