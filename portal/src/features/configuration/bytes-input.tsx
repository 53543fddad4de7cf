import { Group, NativeSelect, NumberInput } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import type { FieldProps } from './field-props.ts';
import { configurationMessages } from './messages.ts';
import { joinBytes, splitBytes, UNITS } from './values.ts';

const UNLIMITED = '-1';

interface BytesInputProps extends FieldProps {
  /** -1 is no limit. */
  readonly value: number;
  onChange(value: number): void;
}

export function BytesInput({ value, onChange, ...field }: BytesInputProps) {
  const m = useMessages(configurationMessages);
  const isUnlimited = value === -1;
  const [unit, setUnit] = useState(() => splitBytes(isUnlimited ? 2 ** 30 : value).unit);
  const amount = isUnlimited ? '' : value / joinBytes(1, unit);
  function choose(chosen: string): void {
    if (chosen === UNLIMITED) {
      onChange(-1);
      return;
    }
    const next = UNITS.find((each) => each === chosen) ?? 'GiB';
    onChange(joinBytes(typeof amount === 'number' ? amount : 10, next));
    setUnit(next);
  }
  return (
    <Group align="end" gap="xs">
      <NumberInput
        {...field}
        disabled={field.disabled || isUnlimited}
        value={amount}
        min={0}
        onChange={(next) => onChange(joinBytes(Number(next), unit))}
        w={220}
      />
      <NativeSelect
        aria-label={`${field.label}: ${m.unit}`}
        disabled={field.disabled}
        data={[...UNITS, { value: UNLIMITED, label: m.unlimited }]}
        value={isUnlimited ? UNLIMITED : unit}
        onChange={(event) => choose(event.currentTarget.value)}
      />
    </Group>
  );
}
