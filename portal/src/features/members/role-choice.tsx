import { Radio, Stack } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { membersMessages } from './messages.ts';
import { ROLES } from './roles.ts';

/** One of the roles, each with what it is for. */
export function RoleChoice({ value, onChange }: { value: number; onChange(role: number): void }) {
  const m = useMessages(membersMessages);
  return (
    <Radio.Group label={m.role} value={String(value)} onChange={(role) => onChange(Number(role))}>
      <Stack gap="xs" mt="xs">
        {ROLES.map(({ id, label, hint }) => (
          <Radio key={id} value={String(id)} label={label(m)} description={hint(m)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
