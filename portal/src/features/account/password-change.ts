import { api, done, RestError } from '../../lib/api.ts';
import { liveUpdates } from '../../lib/live.ts';
import { type CurrentUser, signIn, useSessionChanged } from '../../lib/session.ts';
import type { AccountWords } from './messages.ts';

export interface PasswordChange {
  readonly current: string;
  readonly next: string;
}

/**
 * Replaces the own password. That ends all sessions, this one too: another one begins at once.
 *
 * @returns throws an Error in the reader's words where the current password is wrong
 */
export function usePasswordChange(user: CurrentUser, m: AccountWords) {
  const sessionChanged = useSessionChanged();
  return async ({ current, next }: PasswordChange): Promise<void> => {
    try {
      await done(
        api.PUT('/api/v2.0/users/{user_id}/password', {
          params: { path: { user_id: user.user_id } },
          body: { old_password: current, new_password: next },
        }),
      );
    } catch (error) {
      if (error instanceof RestError && error.status === 403) throw new WrongPassword(m);
      throw error;
    }
    try {
      await signIn(user.username, next);
    } finally {
      liveUpdates.restart();
      await sessionChanged();
    }
  };
}

/** The current password is another one. */
export class WrongPassword extends Error {
  constructor(m: AccountWords) {
    super(m.wrongPassword);
    this.name = 'WrongPassword';
  }
}
