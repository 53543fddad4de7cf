import { Group, Kbd, Modal, Stack, Text } from '@mantine/core';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';
import { shell } from './messages.ts';

/** The keys that work on all pages. */
export function Shortcuts({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const m = useMessages(shell);
  const c = useMessages(common);
  const keys = [
    ['Ctrl K', m.shortcutFind],
    ['/', m.shortcutSearch],
    ['g', m.shortcutProjects],
    ['?', m.shortcutHelp],
  ] as const;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={m.keyboard}
      closeButtonProps={{ 'aria-label': c.close }}
    >
      <Stack gap="xs">
        {keys.map(([key, meaning]) => (
          <Group key={key}>
            <Kbd w={72} ta="center">
              {key}
            </Kbd>
            <Text size="sm">{meaning}</Text>
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}
