import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { contentMessages } from './content-messages.ts';
import { downloadText } from './download.ts';
import { matchingLines } from './matching-lines.ts';

interface TextViewerProps {
  readonly label: string;
  readonly text: string;
  /** What the file is called when it is saved. */
  readonly fileName: string;
}

/** A text of a stranger as it is: to be read, searched, copied and saved. */
export function TextViewer({ label, text, fileName }: TextViewerProps) {
  const words = useMessages(common);
  const m = useMessages(contentMessages);
  const [wanted, setWanted] = useState('');
  if (text.trim() === '') return <Text c="dimmed">{m.documentEmpty}</Text>;
  const found = matchingLines(text, wanted);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Group gap="sm">
          <SearchInput label={m.findIn(label)} value={wanted} onChange={setWanted} />
          <Text size="sm" c="dimmed" role="status">
            {wanted === '' ? '' : m.matches(found.length)}
          </Text>
        </Group>
        <Group gap="xs">
          <CopyButton value={text} label={label} />
          <Button
            size="xs"
            variant="default"
            leftSection={<IconDownload size={14} aria-hidden />}
            onClick={() => downloadText(fileName, text)}
          >
            {m.download}
          </Button>
        </Group>
      </Group>
      {found.length === 0 ? (
        <Text>{words.nothingFound}</Text>
      ) : (
        <Code block className="command" tabIndex={0} mah="70vh" role="region" aria-label={label}>
          {wanted === ''
            ? text
            : found.map(({ number, line }) => `${String(number).padStart(5)}  ${line}`).join('\n')}
        </Code>
      )}
    </Stack>
  );
}
