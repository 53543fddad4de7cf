import type { Principal } from '../access/index.ts';

export type TenantRole = 'admin' | 'member' | 'viewer';
export type ProjectRole = 'owner' | 'member' | 'viewer';

/** Who calls, as the Kubernetes-style API sees it. */
export interface KubeCaller {
  readonly principal: Principal;
  readonly username: string;
  /** Undefined: across tenants, or nobody's (anonymous). */
  readonly tenantId: string | undefined;
  /** A system administrator: every tenant, every right. */
  readonly isPrivileged: boolean;
  /** In `tenantId`; undefined for an anonymous caller. */
  readonly role: TenantRole | undefined;
  /** By name of the (business) project, in `tenantId`. */
  readonly projects: ReadonlyMap<string, ProjectRole>;
}
