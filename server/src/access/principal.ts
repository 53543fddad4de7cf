export interface AnonymousPrincipal {
  readonly kind: 'anonymous';
}

export interface UserPrincipal {
  readonly kind: 'user';
  readonly id: number;
  readonly username: string;
  readonly isAdmin: boolean;
}

/** Who a request acts for. */
export type Principal = AnonymousPrincipal | UserPrincipal;

export const anonymous: AnonymousPrincipal = { kind: 'anonymous' };

/** A stable key that no rename changes and no re-created account inherits. */
export function principalKey(principal: Principal): string {
  return principal.kind === 'user' ? `user:${principal.id}` : 'anonymous';
}

/** Harbor's role ids. */
export const ROLE = {
  projectAdmin: 1,
  developer: 2,
  guest: 3,
  maintainer: 4,
  limitedGuest: 5,
} as const;
