import { Button, Checkbox, Group, SimpleGrid, Stack } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { auditMessages } from './messages.ts';

interface EventChecklistProps {
  readonly events: readonly string[];
  readonly chosen: readonly string[];
  onChange(chosen: readonly string[]): void;
}

/** Which events a purge is about. */
export function EventChecklist({ events, chosen, onChange }: EventChecklistProps) {
  const m = useMessages(auditMessages);
  return (
    <Stack gap={4}>
      <Checkbox.Group
        label={m.events}
        description={m.eventsHint}
        error={chosen.length === 0 ? m.eventsMissing : undefined}
        value={[...chosen]}
        onChange={onChange}
      >
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 4 }} spacing="xs" py="xs">
          {events.map((event) => (
            <Checkbox key={event} value={event} label={m.eventOf(event)} />
          ))}
        </SimpleGrid>
      </Checkbox.Group>
      <Group gap="xs">
        <Button size="xs" variant="subtle" onClick={() => onChange(events)}>
          {m.chooseAll}
        </Button>
        <Button size="xs" variant="subtle" onClick={() => onChange([])}>
          {m.chooseNone}
        </Button>
      </Group>
    </Stack>
  );
}
