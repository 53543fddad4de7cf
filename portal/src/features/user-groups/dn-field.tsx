import { Button, Group, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, one } from '../../lib/api.ts';
import { describeError } from '../../lib/describe-error.ts';
import { useLocale, useMessages } from '../../lib/messages.ts';
import { userGroupsMessages } from './messages.ts';

interface DnFieldProps {
  readonly value: string;
  onChange(value: string): void;
  /** Told of the name that the directory has for it. */
  onFound(name: string): void;
}

/** The DN of a group, which the directory can be asked for. */
export function DnField({ value, onChange, onFound }: DnFieldProps) {
  const m = useMessages(userGroupsMessages);
  const locale = useLocale();
  const lookUp = useMutation({
    mutationFn: () =>
      one(
        api.GET('/api/v2.0/ldap/groups/search', {
          params: { query: { groupdn: value.trim() } },
        }),
      ),
    onSuccess: ([group]) => {
      if (group !== undefined) onFound(group.group_name);
    },
  });
  const found = lookUp.data?.[0];
  return (
    <div>
      <Group align="end" gap="xs" wrap="nowrap">
        <TextInput
          flex={1}
          label={m.dn}
          description={m.dnHint}
          required
          autoComplete="off"
          data-autofocus
          value={value}
          error={lookUp.isError}
          onChange={(event) => {
            lookUp.reset();
            onChange(event.currentTarget.value);
          }}
        />
        <Button
          variant="default"
          disabled={value.trim() === ''}
          loading={lookUp.isPending}
          onClick={() => lookUp.mutate()}
        >
          {m.lookUp}
        </Button>
      </Group>
      <Text
        size="sm"
        mt={4}
        role="status"
        {...(lookUp.isError && { c: 'var(--mantine-color-error)' })}
      >
        {lookUp.isError && describeError(lookUp.error, locale).message}
        {found !== undefined && m.found(found.group_name)}
      </Text>
    </div>
  );
}
