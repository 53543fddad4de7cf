import type { Notifications } from '../db/index.ts';
import type { Background } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { KubeStore } from './kube-objects.ts';

const POLL_MS = 30_000;
const TRIM_MS = 5 * 60_000;
const LOG_AGE_MS = 60 * 60_000;
const LOG_KEEP = 1_000;

export interface FollowPorts {
  /** Of the channel KUBE_CHANNEL; undefined when this process has the database alone. */
  readonly notifications: Notifications | undefined;
  readonly objects: KubeStore;
  readonly background: Background;
  readonly log: Log;
}

/** Hears of what other replicas changed, and keeps the log of changes short. */
export function followKube({ notifications, objects, background, log }: FollowPorts): void {
  const pull = () => {
    objects
      .pull()
      .catch((error: unknown) => log.warn({ err: error }, 'changes of objects are unread'));
  };
  notifications?.onUp(pull);
  notifications?.onMessage(pull);
  // In case a message was lost, or reading failed after one.
  background.repeat('kube changes', POLL_MS, () => objects.pull());
  background.repeat('kube log', TRIM_MS, async () => {
    await objects.trim(LOG_AGE_MS, LOG_KEEP);
  });
}
