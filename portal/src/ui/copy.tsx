import { ActionIcon, Code, Group, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { copyText } from '../lib/clipboard.ts';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';
import { notifyFailure } from './notify.tsx';

const SHOWN_MS = 1500;

/** @param label says what is copied, for those who hear it */
export function CopyButton({ value, label }: { value: string; label?: string }) {
  const m = useMessages(common);
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <Tooltip label={isCopied ? m.copied : m.copy}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={label === undefined ? m.copy : `${m.copy}: ${label}`}
        onClick={() => void copyText(value).then(() => setCopied(true), notifyFailure)}
      >
        {isCopied ? <IconCheck size={16} /> : <IconCopy size={16} />}
      </ActionIcon>
    </Tooltip>
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
