import { useOrder } from '../../lib/order.ts';
import { RefreshDialog } from './refresh-dialog.tsx';
import { RobotDialog } from './robot-dialog.tsx';
import type { Robot } from './robot-draft.ts';
import type { RobotPlace } from './robot-place.ts';
import { RobotTable } from './robot-table.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import type { ToldSecret } from './secret-file.ts';

/** The dialogs of a page of robots, and what opens them. */
export function useRobotDialogs(place: RobotPlace) {
  const edition = useOrder<{ readonly robot?: Robot }>();
  const refreshing = useOrder<Robot>();
  const secret = useOrder<ToldSecret>();
  return {
    create: () => edition.open({}),
    content: (
      <>
        <RobotTable
          place={place}
          onEdit={(robot) => edition.open({ robot })}
          onRefresh={(robot) => refreshing.open({ ...robot })}
        />
        <RobotDialog order={edition} place={place} onCreated={secret.open} />
        <RefreshDialog order={refreshing} onGenerated={secret.open} />
        <SecretDialog order={secret} />
      </>
    ),
  };
}
