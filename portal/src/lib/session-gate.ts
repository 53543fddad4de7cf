/**
 * Where requests wait whose session has ended: whoever sits before the page signs in again, and
 * the requests go on with what was typed.
 */
export interface SessionGate {
  /** Resolves true once somebody has signed in again, false if they would rather not. */
  reopen(): Promise<boolean>;
}

type Ask = () => Promise<boolean>;

let ask: Ask | undefined;
let waiting: Promise<boolean> | undefined;

/** The dialog that asks; without one, requests are refused at once. @returns takes it back */
export function provideSignIn(dialog: Ask): () => void {
  ask = dialog;
  return () => {
    if (ask === dialog) ask = undefined;
  };
}

export const sessionGate: SessionGate = {
  reopen() {
    if (ask === undefined) return Promise.resolve(false);
    waiting ??= ask().finally(() => {
      waiting = undefined;
    });
    return waiting;
  },
};
