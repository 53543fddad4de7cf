import type { ActionSet } from './actions.ts';
import type { Principal } from './principal.ts';

/** A caller of `/v2` that may do what it asked for. */
export interface Caller {
  readonly principal: Principal;
  /** Repositories that its token lets it pull from, and its rights still do; none with Basic. */
  listPullable(): Promise<readonly string[]>;
  /** True with Basic: then the caller's own rights count, and not a token's. */
  readonly unscoped: boolean;
}

/** A caller, and what it may do in the repository. */
export interface AuthorizedCaller extends Caller {
  readonly projectId: number;
  /** Whether it may push there too, whatever it asks for now. */
  readonly mayPush: boolean;
}

/** The request itself, for authorizers that were told of it beforehand. */
export interface AskedRequest {
  readonly headers: { readonly authorization?: string | undefined };
}

/** What a request shows of its caller. */
export interface ShownRequest {
  readonly authorization: string | undefined;
  /** Of the client. */
  readonly address: string;
  readonly request: AskedRequest;
}

/** Decides who may do what through `/v2`. Repositories are named as they are stored. */
export interface Authorizer {
  /**
   * Decides from memory alone; undefined when that is not enough, for whatever reason.
   */
  peek(
    request: AskedRequest,
    repository: string,
    needed: ActionSet,
  ): { principal: Principal; projectId: number } | undefined;
  /**
   * @throws Challenge when other credentials could help; OciError DENIED when they could not,
   * NAME_UNKNOWN when the caller may do everything and there is no such project
   */
  authorize(shown: ShownRequest, repository: string, needed: ActionSet): Promise<AuthorizedCaller>;
  /** For endpoints that belong to no repository. @throws Challenge */
  authenticate(shown: ShownRequest, scope: string | undefined): Promise<Caller>;
  /** Whether the caller may pull the repository, credentials of another scope included. */
  mayPull(principal: Principal, repository: string): Promise<boolean>;
}
