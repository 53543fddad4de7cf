import { Group, NativeSelect, NumberInput, Stack, Switch } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { type Limit, limitBytes, UNITS } from './limit.ts';
import { quotasMessages } from './messages.ts';

interface LimitFieldProps {
  readonly value: Limit;
  onChange(value: Limit): void;
}

/** An amount of storage, or none in particular. */
export function LimitField({ value, onChange }: LimitFieldProps) {
  const m = useMessages(quotasMessages);
  return (
    <Stack gap="sm">
      <Switch
        label={m.unlimited}
        checked={value.isUnlimited}
        onChange={(event) => onChange({ ...value, isUnlimited: event.currentTarget.checked })}
      />
      {!value.isUnlimited && (
        <Group gap="xs" align="start" wrap="nowrap">
          <NumberInput
            flex={1}
            label={m.amount}
            min={0}
            hideControls
            data-autofocus
            value={value.amount ?? ''}
            error={limitBytes(value) === undefined ? m.wrong : undefined}
            onChange={(amount) =>
              onChange({ ...value, amount: amount === '' ? undefined : Number(amount) })
            }
          />
          <NativeSelect
            label={m.unit}
            data={[...UNITS]}
            value={value.unit}
            onChange={({ currentTarget }) =>
              onChange({
                ...value,
                unit: UNITS.find((unit) => unit === currentTarget.value) ?? value.unit,
              })
            }
          />
        </Group>
      )}
    </Stack>
  );
}
