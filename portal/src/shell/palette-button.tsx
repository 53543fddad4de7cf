import { ActionIcon, Button, Kbd, Modal } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';
import { Busy } from '../ui/states.tsx';
import { shell } from './messages.ts';
import { Shortcuts } from './shortcuts.tsx';

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));

/** Opens the palette, by click or by Ctrl+K, and hears the other keys that work on all pages. */
export function PaletteButton() {
  const m = useMessages(shell);
  const c = useMessages(common);
  const navigate = useNavigate();
  const [isOpen, palette] = useDisclosure(false);
  const [isHelpOpen, help] = useDisclosure(false);
  useHotkeys([
    ['mod+K', palette.open],
    ['/', focusPageSearch],
    ['shift+?', help.open, { usePhysicalKeys: false }],
    ['g', () => void navigate({ to: '/projects' })],
  ]);
  return (
    <>
      <Button
        variant="default"
        size="xs"
        visibleFrom="sm"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={<Kbd size="xs">Ctrl K</Kbd>}
        onClick={palette.open}
      >
        {m.find}
      </Button>
      <ActionIcon
        variant="default"
        size={30}
        hiddenFrom="sm"
        aria-label={m.find}
        onClick={palette.open}
      >
        <IconSearch size={16} />
      </ActionIcon>
      <Modal
        opened={isOpen}
        onClose={palette.close}
        title={m.find}
        size="lg"
        yOffset="10vh"
        closeButtonProps={{ 'aria-label': c.close }}
      >
        <Suspense fallback={<Busy />}>
          <Palette onDone={palette.close} />
        </Suspense>
      </Modal>
      <Shortcuts opened={isHelpOpen} onClose={help.close} />
    </>
  );
}

function focusPageSearch(): void {
  document.querySelector<HTMLInputElement>('[data-page-search]')?.focus();
}
