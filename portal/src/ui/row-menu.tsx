import { ActionIcon, Menu } from '@mantine/core';
import { IconDotsVertical } from '@tabler/icons-react';
import { type ReactNode, useRef } from 'react';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';

/** What can be done with a row: `<RowMenu name={row.name}><Menu.Item …/></RowMenu>`. */
export function RowMenu({ name, children }: { name: string; children: ReactNode }) {
  const m = useMessages(common);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <Menu position="bottom-end" withinPortal withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon ref={button} variant="subtle" color="gray" aria-label={m.actionsOf(name)}>
          <IconDotsVertical size={16} />
        </ActionIcon>
      </Menu.Target>
      {/* A dialog that an item opens gives the focus back to where it was: not to an item that is gone. */}
      <Menu.Dropdown onClickCapture={() => button.current?.focus()}>{children}</Menu.Dropdown>
    </Menu>
  );
}
