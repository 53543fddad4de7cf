import { Group, Select, TextInput } from '@mantine/core';
import { useMessages } from '../lib/messages.ts';
import { scheduleMessages } from './schedule-messages.ts';

/** When something runs, as Harbor's API has it. */
export interface ScheduleValue {
  readonly type: 'None' | 'Hourly' | 'Daily' | 'Weekly' | 'Custom';
  /** Six fields, in UTC; '' with `None`. */
  readonly cron: string;
}

/** The expressions that Harbor's portal sends for its words. */
const CRON = { Hourly: '0 0 * * * *', Daily: '0 0 0 * * *', Weekly: '0 0 0 * * 0' } as const;

const TYPES = ['None', 'Hourly', 'Daily', 'Weekly', 'Custom'] as const;

interface ScheduleEditorProps {
  readonly value: ScheduleValue;
  onChange(value: ScheduleValue): void;
  readonly isDisabled?: boolean;
}

/** The one way to choose a schedule, on all pages. */
export function ScheduleEditor({ value, onChange, isDisabled = false }: ScheduleEditorProps) {
  const m = useMessages(scheduleMessages);
  const words = {
    None: m.none,
    Hourly: m.hourly,
    Daily: m.daily,
    Weekly: m.weekly,
    Custom: m.custom,
  };
  function choose(type: ScheduleValue['type']): void {
    if (type === 'None') onChange({ type, cron: '' });
    else onChange({ type, cron: type === 'Custom' ? value.cron : CRON[type] });
  }
  return (
    <Group align="start">
      <Select
        label={m.schedule}
        data={TYPES.map((type) => ({ value: type, label: words[type] }))}
        value={value.type}
        allowDeselect={false}
        disabled={isDisabled}
        onChange={(type) => choose(TYPES.find((one) => one === type) ?? 'None')}
      />
      {value.type !== 'None' && (
        <TextInput
          label={m.cron}
          description={value.type === 'Custom' ? m.cronHint : m.utc}
          value={value.cron}
          readOnly={value.type !== 'Custom'}
          disabled={isDisabled}
          onChange={(event) => onChange({ type: 'Custom', cron: event.currentTarget.value })}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          miw={260}
        />
      )}
    </Group>
  );
}

/** Reads what the API holds; absent and empty are none. */
export function parseSchedule(
  schedule: { type?: string; cron?: string } | undefined,
): ScheduleValue {
  const type = TYPES.find((one) => one === schedule?.type) ?? 'None';
  return { type, cron: type === 'None' ? '' : (schedule?.cron ?? '') };
}

/** Reads what is held as an expression alone; empty is none. */
export function scheduleOfCron(cron: string): ScheduleValue {
  if (cron === '') return { type: 'None', cron };
  const words = ['Hourly', 'Daily', 'Weekly'] as const;
  return { type: words.find((word) => CRON[word] === cron) ?? 'Custom', cron };
}
