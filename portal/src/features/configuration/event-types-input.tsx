import { MultiSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, one } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import type { FieldProps } from './field-props.ts';
import { configurationMessages } from './messages.ts';

interface EventTypesInputProps extends FieldProps {
  /** Names joined by commas. */
  readonly value: string;
  onChange(value: string): void;
}

export function EventTypesInput({ value, onChange, ...field }: EventTypesInputProps) {
  const m = useMessages(configurationMessages);
  const known = useQuery({
    queryKey: ['audit-event-types'],
    queryFn: ({ signal }) => one(api.GET('/api/v2.0/auditlog-exts/events', { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const chosen = value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const names = new Set([...(known.data ?? []).map(({ event_type }) => event_type), ...chosen]);
  return (
    <MultiSelect
      {...field}
      data={[...names].map((name) => ({ value: name, label: m.event(name) }))}
      value={chosen}
      onChange={(next) => onChange(next.join(','))}
      searchable
      hidePickedOptions
    />
  );
}
