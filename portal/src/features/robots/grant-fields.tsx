import { Stack, TagsInput, Text } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { robotsMessages } from './messages.ts';
import { PermissionMatrix } from './permission-matrix.tsx';
import { keyOf, type Permission, PROJECT_PRESETS } from './permission-set.ts';
import type { GrantDraft } from './robot-draft.ts';

interface GrantFieldsProps {
  readonly label: string;
  readonly catalogue: readonly Permission[];
  readonly value: GrantDraft;
  onChange(value: GrantDraft): void;
}

/** What a robot may do in a project. */
export function GrantFields({ label, catalogue, value, onChange }: GrantFieldsProps) {
  const m = useMessages(robotsMessages);
  return (
    <Stack gap="sm">
      <PermissionMatrix
        label={label}
        catalogue={catalogue}
        presets={PROJECT_PRESETS}
        value={value.allowed}
        onChange={(allowed) => onChange({ ...value, allowed })}
      />
      {value.denied.length > 0 && (
        <Text size="sm">{m.denied(value.denied.map(keyOf).join(', '))}</Text>
      )}
      <TagsInput
        label={m.repositories}
        description={m.repositoriesHint}
        value={[...value.repositories]}
        onChange={(repositories) => onChange({ ...value, repositories })}
        acceptValueOnBlur
      />
    </Stack>
  );
}
