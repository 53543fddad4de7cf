import { Alert, Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { common } from '../../lib/common-messages.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import type { Order } from '../../lib/order.ts';
import { useRegistry } from '../../lib/registry.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { KeyValues } from '../../ui/values.tsx';
import { robotsMessages } from './messages.ts';
import { secretFile, secretFileName, type ToldSecret } from './secret-file.ts';
import { SnippetTabs } from './snippet-tabs.tsx';

/** Shows a secret, this once; it does not close by accident. */
export function SecretDialog({ order }: { order: Order<ToldSecret> }) {
  const m = useMessages(robotsMessages);
  const words = useMessages(common);
  return (
    <Modal
      title={m.secretTitle(order.value?.name ?? '')}
      opened={order.isOpen}
      onClose={order.close}
      size="xl"
      closeButtonProps={{ 'aria-label': words.close }}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      {order.value !== undefined && <Secret told={order.value} onClose={order.close} />}
    </Modal>
  );
}

function Secret({ told, onClose }: { told: ToldSecret; onClose(): void }) {
  const m = useMessages(robotsMessages);
  const words = useMessages(common);
  const format = useFormat();
  const { host, isPlainHttp } = useRegistry();
  const { name, secret, old_secret_expires_at: oldEnd } = told;
  return (
    <Stack>
      <Alert color="yellow" role="status">
        {m.secretOnce}
        {oldEnd !== undefined && ` ${m.oldUntil(format.dateTime(oldEnd))}`}
      </Alert>
      <KeyValues
        entries={[
          [words.name, <Copied key="name" value={name} label={words.name} />],
          [m.secret, <Copied key="secret" value={secret} label={m.secret} />],
        ]}
      />
      <Text component="h3" fw={600}>
        {m.useIt}
      </Text>
      <SnippetTabs label={m.useIt} credentials={{ host, isPlainHttp, name, secret }} />
      <Group justify="space-between">
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => saveFile(secretFileName(name), secretFile(told, host))}
        >
          {m.exportFile}
        </Button>
        <Button onClick={onClose}>{m.finished}</Button>
      </Group>
    </Stack>
  );
}

function Copied({ value, label }: { value: string; label: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Code style={{ overflowWrap: 'anywhere' }}>{value}</Code>
      <CopyButton value={value} label={label} />
    </Group>
  );
}

function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
