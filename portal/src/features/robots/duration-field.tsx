import { Group, NumberInput, Select } from '@mantine/core';
import { useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { robotsMessages } from './messages.ts';
import { FOREVER } from './robot-draft.ts';

const CHOICES = [7, 30, 90, 180, 365];
const OTHER = 'other';

interface DurationFieldProps {
  readonly value: number;
  /** What robots of this registry live for unless told otherwise, where that is known. */
  readonly byDefault: number | undefined;
  readonly isWrong: boolean;
  onChange(days: number): void;
}

/** How many days a robot lives. */
export function DurationField({ value, byDefault, isWrong, onChange }: DurationFieldProps) {
  const m = useMessages(robotsMessages);
  const { never } = useMessages(common);
  const known = new Set([...CHOICES, ...(byDefault === undefined ? [] : [byDefault])]);
  known.delete(FOREVER);
  const [isOther, setOther] = useState(value !== FOREVER && !known.has(value));
  const days = [...known].toSorted((a, b) => a - b);
  return (
    <Group align="start" grow preventGrowOverflow={false}>
      <Select
        label={m.lifetime}
        description={m.lifetimeHint}
        data={[
          ...days.map((count) => ({
            value: String(count),
            label: count === byDefault ? m.daysDefault(count) : m.days(count),
          })),
          { value: OTHER, label: m.otherDays },
          { value: String(FOREVER), label: never },
        ]}
        value={isOther ? OTHER : String(value)}
        allowDeselect={false}
        onChange={(choice) => {
          setOther(choice === OTHER);
          if (choice !== OTHER) onChange(Number(choice));
        }}
      />
      {isOther && (
        <NumberInput
          label={m.dayCount}
          description={'\u00a0'}
          hideControls
          allowDecimal={false}
          value={Number.isNaN(value) ? '' : value}
          error={isWrong && m.daysFault}
          onChange={(count) => onChange(count === '' ? Number.NaN : Number(count))}
        />
      )}
    </Group>
  );
}
