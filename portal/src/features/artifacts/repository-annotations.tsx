import { Button, Popover, ScrollArea } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { shortDigest } from '../../lib/reference.ts';
import { KeyValues } from '../../ui/values.tsx';
import type { ArtifactRow } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';

/** How many annotations an artifact has, and which. */
export function AnnotationsButton({ row }: { row: ArtifactRow }) {
  const m = useMessages(repositoryMessages);
  const entries = Object.entries(row.annotations ?? {});
  if (entries.length === 0) return null;
  const label = m.annotationCount(entries.length);
  const name = shortDigest(row.digest);
  return (
    <Popover position="bottom" trapFocus withinPortal>
      <Popover.Target>
        <Button
          size="compact-xs"
          mih={24}
          variant="subtle"
          color="gray"
          px={4}
          aria-label={`${label}: ${name}`}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="90vw" w={460} aria-label={m.annotationsOf(name)}>
        <ScrollArea.Autosize mah={320} viewportProps={{ tabIndex: 0 }}>
          <KeyValues entries={entries} />
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  );
}
