import { Checkbox, Stack } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { PasswordField } from '../../ui/password-field.tsx';
import { webhooksMessages } from './messages.ts';
import type { SecretDraft } from './policy.ts';

interface SecretFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: SecretDraft;
  onChange(value: SecretDraft): void;
}

/** A secret that can be set, left as it is, or taken away, and never read. */
export function SecretField({ label, hint, value, onChange }: SecretFieldProps) {
  const m = useMessages(webhooksMessages);
  return (
    <Stack gap="xs">
      <PasswordField
        label={label}
        description={value.isSet ? `${hint} ${m.isSet}` : hint}
        autoComplete="new-password"
        maxLength={1024}
        disabled={value.isCleared}
        value={value.value}
        onChange={(event) => onChange({ ...value, value: event.currentTarget.value })}
      />
      {value.isSet && (
        <Checkbox
          label={m.clear}
          aria-label={`${m.clear}: ${label}`}
          checked={value.isCleared}
          onChange={(event) => onChange({ ...value, isCleared: event.currentTarget.checked })}
        />
      )}
    </Stack>
  );
}
