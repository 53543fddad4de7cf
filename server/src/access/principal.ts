import type { ActionSet } from './actions.ts';

export interface AnonymousPrincipal {
  readonly kind: 'anonymous';
}

/** What a personal token leaves of its user's rights. */
export interface TokenLimits {
  /** The personal token's id. */
  readonly tokenId: number;
  readonly api: 'none' | 'read' | 'write';
  readonly repository: ActionSet;
  /** Undefined: all projects of the user, and the system's resources. */
  readonly projectIds: readonly number[] | undefined;
  /** The one tenant that it is good in; absent unless it is an API key of one. */
  readonly tenant?: string | undefined;
}

export interface UserPrincipal {
  readonly kind: 'user';
  readonly id: number;
  readonly username: string;
  /** A system administrator, by flag or by the admin group of the user's source. */
  readonly isAdmin: boolean;
  readonly groupIds: readonly number[];
  /** Absent unless a personal token was shown. */
  readonly limits?: TokenLimits | undefined;
}

export interface RobotPermission {
  /** `system`, every project, or the id of one. */
  readonly scope: 'system' | 'all-projects' | number;
  readonly access: readonly {
    readonly resource: string;
    readonly action: string;
    readonly effect?: 'allow' | 'deny' | undefined;
  }[];
  /** Globs over the repository's path below the project; none is every repository. */
  readonly repositories: readonly string[];
}

export interface RobotPrincipal {
  readonly kind: 'robot';
  readonly id: number;
  /** With prefix and project, such as `robot$team+ci`. */
  readonly username: string;
  /** Undefined for a robot of the system. */
  readonly projectId: number | undefined;
  readonly permissions: readonly RobotPermission[];
}

/** Who a request acts for. */
export type Principal = AnonymousPrincipal | UserPrincipal | RobotPrincipal;

export const anonymous: AnonymousPrincipal = { kind: 'anonymous' };

/** A stable key that no rename changes and no re-created account inherits. */
export function principalKey(principal: Principal): string {
  return principal.kind === 'anonymous' ? 'anonymous' : `${principal.kind}:${principal.id}`;
}

/** The name for logs and audit. */
export function usernameOf(principal: Principal): string {
  return principal.kind === 'anonymous' ? 'anonymous' : principal.username;
}

export function isAdmin(principal: Principal): boolean {
  return principal.kind === 'user' && principal.isAdmin;
}
