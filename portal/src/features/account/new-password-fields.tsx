import { Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import { IconCircleCheck, IconCircleDashed } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { listKeptRules, PASSWORD_RULES } from '../../lib/account-rules.ts';
import { useMessages } from '../../lib/messages.ts';
import { PasswordField } from '../../ui/password-field.tsx';
import { accountMessages } from './messages.ts';

export interface NewPassword {
  readonly password: string;
  readonly again: string;
}

export const NO_PASSWORD: NewPassword = { password: '', again: '' };

interface NewPasswordFieldsProps {
  readonly value: NewPassword;
  onChange(value: NewPassword): void;
  readonly label: string;
}

/** A new password, twice, with what it still lacks. */
export function NewPasswordFields({ value, onChange, label }: NewPasswordFieldsProps) {
  const m = useMessages(accountMessages);
  const rulesId = useId();
  const [isLeft, setLeft] = useState(false);
  const { password, again } = value;
  const differs = again !== '' && again !== password && (isLeft || again.length >= password.length);
  return (
    <>
      <Stack gap={6}>
        <PasswordField
          label={label}
          autoComplete="new-password"
          aria-describedby={rulesId}
          required
          value={password}
          onChange={(event) => onChange({ ...value, password: event.currentTarget.value })}
        />
        <PasswordRules id={rulesId} password={password} />
      </Stack>
      <PasswordField
        label={m.passwordAgain}
        autoComplete="new-password"
        required
        value={again}
        error={differs && m.passwordsDiffer}
        onBlur={() => setLeft(true)}
        onChange={(event) => onChange({ ...value, again: event.currentTarget.value })}
      />
    </>
  );
}

function PasswordRules({ id, password }: { id: string; password: string }) {
  const m = useMessages(accountMessages);
  const kept = listKeptRules(password);
  const words = {
    length: m.ruleLength,
    upper: m.ruleUpper,
    lower: m.ruleLower,
    digit: m.ruleDigit,
  } as const;
  return (
    <div id={id}>
      <VisuallyHidden>{m.ruleTitle}</VisuallyHidden>
      <Stack component="ul" gap={2} m={0} p={0} style={{ listStyle: 'none' }}>
        {PASSWORD_RULES.map((rule) => {
          const isKept = kept.has(rule);
          const Icon = isKept ? IconCircleCheck : IconCircleDashed;
          return (
            <Group key={rule} component="li" gap={6} wrap="nowrap" c={isKept ? 'green' : 'dimmed'}>
              <Icon size={16} aria-hidden />
              <Text size="sm" {...(isKept && { c: 'var(--mantine-color-text)' })}>
                {words[rule]}
                <VisuallyHidden>: {isKept ? m.ruleKept : m.ruleMissing}</VisuallyHidden>
              </Text>
            </Group>
          );
        })}
      </Stack>
    </div>
  );
}
