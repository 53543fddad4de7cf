import { afterCommit } from '../db/index.ts';
import type { Subscriber } from '../events/index.ts';
import { type Changes, changesOfEvents } from './changes.ts';

/** Hears of what was pushed, deleted and tagged, by whatever way. Writes nothing. */
export function createLiveSubscriber(tell: (changes: Changes) => void): Subscriber {
  return {
    name: 'live',
    handle(tx, events) {
      const changes = changesOfEvents(events.map(({ event }) => event));
      afterCommit(tx, () => tell(changes));
      return Promise.resolve();
    },
  };
}
