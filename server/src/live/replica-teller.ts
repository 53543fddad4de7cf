import { randomUUID } from 'node:crypto';
import type { Notifications } from '../db/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { Changes } from './changes.ts';
import { LIVE_CHANNEL, parseMessage } from './replicas.repository.ts';
import { createThrottle } from './throttle.ts';

/** What replicas of one database tell each other of changes. */
export interface ReplicaTeller {
  /** Gathers what is told within some time. */
  tell(changes: Changes): void;
  /** @param heard called with what another one told; `any` when all may have changed */
  follow(notifications: Notifications, heard: (changes: Changes | 'any') => void): void;
  stop(): void;
}

const GATHER_MS = 250;

/** @param send to all processes that listen, this one included */
export function createReplicaTeller(ports: {
  readonly log: Log;
  send(from: string, changes: Changes): Promise<void>;
}): ReplicaTeller {
  const own = randomUUID();
  let signals = new Set<string>();
  let projectIds = new Set<number>();
  const throttle = createThrottle(GATHER_MS, () => {
    const changes = { signals, projectIds };
    signals = new Set();
    projectIds = new Set();
    // Pages of other processes show it at their next look.
    ports.send(own, changes).catch((error: unknown) => {
      ports.log.warn({ err: error }, 'changes could not be told to other replicas');
    });
  });
  return {
    tell(changes) {
      for (const signal of changes.signals) signals.add(signal);
      for (const id of changes.projectIds) projectIds.add(id);
      if (signals.size > 0 || projectIds.size > 0) throttle.request();
    },
    follow(notifications, heard) {
      // What was told while the connection was down is lost.
      notifications.onUp(() => heard('any'));
      notifications.onMessage((payload) => {
        const { from, changes } = parseMessage(payload) ?? { from: '', changes: 'any' as const };
        if (from === own) return;
        heard(
          changes === 'any'
            ? changes
            : { signals: new Set(changes.signals), projectIds: new Set(changes.projectIds) },
        );
      }, LIVE_CHANNEL);
    },
    stop: () => throttle.stop(),
  };
}
