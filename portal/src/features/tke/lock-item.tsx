import { Menu } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMessages } from '../../lib/messages.ts';
import { notifyFailure } from '../../ui/notify.tsx';
import { tkeMessages } from './messages.ts';
import { tke } from './tke-api.ts';

interface LockItemProps {
  readonly resource: 'namespaces' | 'chartgroups';
  readonly object: {
    readonly metadata: { readonly name: string };
    readonly status: { readonly locked?: boolean };
  };
}

/** Refuses pulls and pushes for a while, or lets them in again. */
export function LockItem({ resource, object }: LockItemProps) {
  const m = useMessages(tkeMessages);
  const client = useQueryClient();
  const isLocked = object.status.locked === true;
  async function toggle(): Promise<void> {
    await tke.setLocked(resource, object, !isLocked);
    await client.invalidateQueries({ queryKey: ['tke'] });
  }
  return (
    <Menu.Item onClick={() => void toggle().catch(notifyFailure)}>
      {isLocked ? m.unlock : m.lock}
    </Menu.Item>
  );
}
