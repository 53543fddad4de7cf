import { ActionIcon, Menu } from '@mantine/core';
import { IconDotsVertical } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';

/** What can be done with a row: `<RowMenu name={row.name}><Menu.Item …/></RowMenu>`. */
export function RowMenu({ name, children }: { name: string; children: ReactNode }) {
  const m = useMessages(common);
  return (
    <Menu position="bottom-end" withinPortal withInitialFocusPlaceholder={false} returnFocus>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={m.actionsOf(name)}>
          <IconDotsVertical size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
