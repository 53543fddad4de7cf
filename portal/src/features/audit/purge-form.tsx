import { Group, NumberInput, Select } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import type { SystemSchedule } from '../../lib/system-job.ts';
import { RunForm } from '../../ui/run-form.tsx';
import { EventChecklist } from './event-checklist.tsx';
import { auditMessages } from './messages.ts';
import { purgeJob } from './purge-job.ts';
import {
  hoursOf,
  type PurgeOptions,
  parsePurgeOptions,
  presentPurgeOptions,
} from './purge-options.ts';

interface PurgeFormProps {
  readonly schedule: SystemSchedule | null;
  readonly events: readonly string[];
  onStarted(id: number): void;
}

/** How and when old entries are removed. */
export function PurgeForm({ schedule, events, onStarted }: PurgeFormProps) {
  const m = useMessages(auditMessages);
  const [options, setOptions] = useState(() => parsePurgeOptions(schedule?.job_parameters, events));
  return (
    <RunForm
      job={purgeJob}
      schedule={schedule}
      parameters={presentPurgeOptions(options)}
      runLabel={m.run}
      runTitle={m.runTitle}
      runText={m.runText(m.amount(options.amount ?? 0, options.unit), options.events.length)}
      onStarted={onStarted}
    >
      <KeepField options={options} onChange={setOptions} />
      <EventChecklist
        events={events}
        chosen={options.events}
        onChange={(chosen) => setOptions({ ...options, events: chosen })}
      />
    </RunForm>
  );
}

interface KeepFieldProps {
  readonly options: PurgeOptions;
  onChange(options: PurgeOptions): void;
}

function KeepField({ options, onChange }: KeepFieldProps) {
  const m = useMessages(auditMessages);
  return (
    <Group gap="xs" align="start">
      <NumberInput
        label={m.keep}
        min={1}
        allowDecimal={false}
        clampBehavior="none"
        w={220}
        value={options.amount ?? ''}
        error={hoursOf(options) === undefined ? m.keepWrong : undefined}
        onChange={(amount) =>
          onChange({ ...options, amount: amount === '' ? undefined : Number(amount) })
        }
      />
      <Select
        label={m.unit}
        data={[
          { value: 'days', label: m.days },
          { value: 'hours', label: m.hours },
        ]}
        w={120}
        value={options.unit}
        allowDeselect={false}
        onChange={(unit) => onChange({ ...options, unit: unit === 'hours' ? 'hours' : 'days' })}
      />
    </Group>
  );
}
