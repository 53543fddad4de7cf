import { ActionIcon, Code, CopyButton as Copying, Group, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';

/** @param label says what is copied, for those who hear it */
export function CopyButton({ value, label }: { value: string; label?: string }) {
  const m = useMessages(common);
  return (
    <Copying value={value} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? m.copied : m.copy}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={label === undefined ? m.copy : `${m.copy}: ${label}`}
            onClick={copy}
          >
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </Copying>
  );
}

/** A command, or several lines of a file, to be copied as they are. */
export function Command({ children, label }: { children: string; label?: string }) {
  return (
    <Group gap={4} wrap="nowrap" align="start">
      <Code block className="command" tabIndex={0} flex={1}>
        {children}
      </Code>
      <CopyButton value={children} label={label ?? children.split('\n', 1)[0] ?? ''} />
    </Group>
  );
}
