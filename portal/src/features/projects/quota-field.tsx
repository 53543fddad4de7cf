import { Group, Input, NativeSelect, NumberInput, SegmentedControl, Stack } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { projectsMessages } from './messages.ts';
import { isLimit, LIMIT_UNITS, type LimitChoice } from './storage-limit.ts';

interface QuotaFieldProps {
  readonly value: LimitChoice;
  onChange(value: LimitChoice): void;
}

/** How much a new project may hold: the default, nothing in particular, or so many bytes. */
export function QuotaField({ value, onChange }: QuotaFieldProps) {
  const m = useMessages(projectsMessages);
  const kinds = [
    { value: 'default', label: m.quotaDefault },
    { value: 'limited', label: m.quotaLimited },
    { value: 'unlimited', label: m.quotaUnlimited },
  ] as const;
  return (
    <Input.Wrapper
      label={m.quota}
      labelElement="div"
      description={value.kind === 'default' ? m.quotaDefaultHint : undefined}
      inputWrapperOrder={['label', 'input', 'description']}
    >
      <Stack gap="xs" mt={4}>
        <SegmentedControl
          aria-label={m.quota}
          data={[...kinds]}
          value={value.kind}
          onChange={(kind) => onChange({ ...value, kind })}
        />
        {value.kind === 'limited' && (
          <Group gap="xs" align="start" wrap="nowrap">
            <NumberInput
              flex={1}
              aria-label={m.quotaAmount}
              min={0}
              hideControls
              value={value.amount ?? ''}
              error={isLimit(value) ? undefined : m.quotaWrong}
              onChange={(amount) =>
                onChange({ ...value, amount: amount === '' ? undefined : Number(amount) })
              }
            />
            <NativeSelect
              aria-label={m.quotaUnit}
              data={[...LIMIT_UNITS]}
              value={value.unit}
              onChange={({ currentTarget }) => {
                const unit = LIMIT_UNITS.find((one) => one === currentTarget.value);
                if (unit !== undefined) onChange({ ...value, unit });
              }}
            />
          </Group>
        )}
      </Stack>
    </Input.Wrapper>
  );
}
