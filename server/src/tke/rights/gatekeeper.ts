import type { ActionSet, Principal } from '../../access/index.ts';
import type { KubeCaller } from '../../kube/index.ts';
import type { ChartGroup } from '../resources/types.ts';

/** What a request shows of its caller. */
export interface Shown {
  readonly authorization: string | undefined;
  /** Of the client. */
  readonly address: string;
}

export interface Admission {
  readonly caller: KubeCaller;
  /** What the caller may do in the repository, within its token. */
  readonly allowed: ActionSet;
}

/**
 * Decides who may do what with images and charts of tenants. Repositories are named as people
 * name them (`test/nginx`), with their tenant beside.
 */
export interface Gatekeeper {
  /** From memory alone; undefined when that is not enough, for whatever reason. */
  peekImage(
    authorization: string | undefined,
    tenant: string,
    repository: string,
    needed: ActionSet,
  ): Admission | undefined;
  /** @throws Challenge when other credentials could help; OciError DENIED, NAME_UNKNOWN otherwise */
  admitImage(
    shown: Shown,
    tenant: string,
    repository: string,
    needed: ActionSet,
  ): Promise<Admission>;
  /** For endpoints that belong to no repository. @throws Challenge */
  admitBase(shown: Shown, tenant: string, scope: string | undefined): Promise<KubeCaller>;
  /** What the caller may do there by its own rights, whatever token it showed. */
  imageActions(caller: KubeCaller, tenant: string, repository: string): Promise<ActionSet>;
  /** Basic credentials or none (Helm). @throws AppError unauthenticated for wrong ones */
  openBasic(shown: Shown, tenant: string): Promise<KubeCaller>;
  /** Whether the caller may do it with a group's charts (reference §5.3, §5.4). */
  canChart(caller: KubeCaller, group: ChartGroup, action: ChartAction): boolean;
  /** Who an authenticated principal is in a tenant; undefined when it is not the tenant's. */
  callerOf(principal: Principal, tenant: string | undefined): Promise<KubeCaller | undefined>;
}

export type ChartAction = 'index' | 'download' | 'upload' | 'delete' | 'manage';
