import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { NameList } from '../../ui/dialog.tsx';
import { useConfigurationForm } from './draft.ts';
import { configurationMessages } from './messages.ts';
import { type SettingKey, settingWords } from './setting-words.ts';

/** Asks before a page is left with changes that nobody has saved. */
export function LeaveGuard() {
  const m = useMessages(configurationMessages);
  const words = useMessages(common);
  const changed = Object.keys(useConfigurationForm().draft);
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => changed.length > 0 && current.pathname !== next.pathname,
    enableBeforeUnload: changed.length > 0,
    withResolver: true,
  });
  return (
    <Modal
      title={m.leaveTitle}
      opened={status === 'blocked'}
      onClose={() => reset?.()}
      closeButtonProps={{ 'aria-label': words.close }}
    >
      <Stack>
        <Text size="sm">{m.leaveText}</Text>
        <NameList names={changed.map((key) => (isSettingKey(key) ? m.label(key) : m.banner))} />
        <Group justify="end">
          <Button variant="default" onClick={() => reset?.()}>
            {m.stay}
          </Button>
          <Button color="red" onClick={() => proceed?.()}>
            {m.leave}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settingWords, key);
}
