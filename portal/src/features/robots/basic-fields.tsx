import { Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, one } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useIsAdmin } from '../../lib/session.ts';
import { DurationField } from './duration-field.tsx';
import { robotsMessages } from './messages.ts';
import { findBasicFaults, type RobotDraft } from './robot-draft.ts';

interface BasicFieldsProps {
  readonly value: RobotDraft;
  /** The name of a robot that there is stays. */
  readonly isNew: boolean;
  onChange(values: Partial<RobotDraft>): void;
}

/** Name, description and lifetime of a robot. */
export function BasicFields({ value, isNew, onChange }: BasicFieldsProps) {
  const m = useMessages(robotsMessages);
  const words = useMessages(common);
  const faults = findBasicFaults(value);
  return (
    <Stack>
      <TextInput
        label={words.name}
        {...(isNew && { description: m.nameHint, required: true, 'data-autofocus': true })}
        disabled={!isNew}
        autoComplete="off"
        value={value.name}
        error={isNew && value.name !== '' && faults.name && m.nameFault}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <Textarea
        label={words.description}
        autosize
        minRows={2}
        maxRows={5}
        {...(!isNew && { 'data-autofocus': true })}
        value={value.description}
        error={faults.description && m.descriptionTooLong}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
      />
      <DurationField
        value={value.duration}
        byDefault={useDefaultDuration()}
        isWrong={faults.duration}
        onChange={(duration) => onChange({ duration })}
      />
    </Stack>
  );
}

/** Only administrators are told the configuration. */
function useDefaultDuration(): number | undefined {
  const isAdmin = useIsAdmin();
  const { data } = useQuery({
    queryKey: ['configurations'],
    queryFn: ({ signal }) => one(api.GET('/api/v2.0/configurations', { signal })),
    enabled: isAdmin,
    staleTime: 60_000,
  });
  const days = data?.['robot_token_duration']?.value;
  return typeof days === 'number' ? days : undefined;
}
