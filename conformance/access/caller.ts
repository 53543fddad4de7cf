/**
 * The kinds of callers, by letter: anonymous, outsider, limitedGuest, guest, developer, maintainer,
 * projectAdmin, sysadmin, project robot, system robot, and x: a disabled robot with every right.
 */
export const letters = ['a', 'o', 'l', 'g', 'd', 'm', 'p', 's', 'r', 'R', 'x'] as const;

export type Letter = (typeof letters)[number];

export interface Caller {
  readonly letter: Letter;
  /** Absent for anonymous. */
  readonly authorization: string | undefined;
  /** Of users. */
  readonly userId: number | undefined;
}

/** To these logging in could help: they are refused with 401, the others with 403. */
export function isUnknown(letter: Letter): boolean {
  return letter === 'a' || letter === 'x';
}
