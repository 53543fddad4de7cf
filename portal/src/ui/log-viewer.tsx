import { Code, Group, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';
import { CopyButton } from './copy.tsx';

/** A log as it is, its end in view while it grows. It is text, whatever it contains. */
export function LogViewer({ text, label }: { text: string; label: string }) {
  const m = useMessages(common);
  const end = useRef<HTMLPreElement>(null);
  useEffect(() => {
    const element = end.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  }, [text]);
  if (text === '') return <Text c="dimmed">{m.noLog}</Text>;
  return (
    <Group gap={4} align="start" wrap="nowrap">
      <Code block ref={end} className="log" tabIndex={0} role="log" aria-label={label} flex={1}>
        {text}
      </Code>
      <CopyButton value={text} label={m.log} />
    </Group>
  );
}
