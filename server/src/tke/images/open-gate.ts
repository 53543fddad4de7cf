import { OciError } from '@berth/oci';
import { type ActionSet, actions, anonymous } from '../../access/index.ts';
import { Challenge } from '../../identity/index.ts';
import type { KubeCaller } from '../../kube/index.ts';
import { LIBRARY } from '../names.ts';
import type { Admission, Gatekeeper, Shown } from '../rights/gatekeeper.ts';
import { openShown } from './pass-through-credentials.ts';
import type { Sealer } from './upload-seal.ts';
import { discard, type Upstream } from './upstream.ts';

export interface OpenGatePorts {
  /** Resolves when `isOpen` knows all namespaces. */
  ready(): Promise<void>;
  /** Whether the tenant's namespace is made and not locked: else nothing passes, whoever decides the rest. */
  isOpen(tenant: string, namespace: string): boolean;
  /** Where clients log in; undefined when everybody acts as the service account. */
  readonly login: { readonly upstream: Upstream; readonly sealer: Sealer } | undefined;
}

export type ImageGate = Pick<Gatekeeper, 'peekImage' | 'admitImage' | 'admitBase' | 'imageActions'>;

/** Phase 1: the existing Harbor decides who may do what in our namespaces, or nobody does. */
export function createOpenGate(ports: OpenGatePorts): ImageGate {
  return new OpenGate(ports);
}

class OpenGate implements ImageGate {
  readonly #ports: OpenGatePorts;
  #isReady = false;

  constructor(ports: OpenGatePorts) {
    this.#ports = ports;
  }

  peekImage(
    _authorization: string | undefined,
    tenant: string,
    repository: string,
    needed: ActionSet,
  ) {
    if (this.#ports.login !== undefined || !this.#isReady) return undefined;
    if (!this.#isOpen(tenant, repository)) return undefined;
    const allowed = this.#allowedIn(repository);
    if ((allowed & needed) !== needed) return undefined;
    return { caller: this.#callerOf(undefined, tenant, undefined), allowed };
  }

  async admitImage(
    { authorization }: Shown,
    tenant: string,
    repository: string,
    needed: ActionSet,
  ): Promise<Admission> {
    await this.#ready();
    if (!this.#isOpen(tenant, repository)) {
      throw new OciError('DENIED', 'the namespace is not there, or locked');
    }
    const allowed = this.#allowedIn(repository);
    if ((allowed & needed) !== needed) throw new OciError('DENIED', 'nobody may do this here');
    const wanted = (needed & actions.push) === 0 ? 'pull' : 'pull,push';
    const scope = `repository:${repository}:${wanted}`;
    return { caller: this.#callerOf(authorization, tenant, scope), allowed };
  }

  async admitBase(
    { authorization }: Shown,
    tenant: string,
    scope: string | undefined,
  ): Promise<KubeCaller> {
    const caller = this.#callerOf(authorization, tenant, scope);
    const { login } = this.#ports;
    if (login === undefined) return caller;
    const shown = openShown(login.sealer, authorization, tenant, scope);
    const answer = await login.upstream.send({
      method: 'GET',
      // The catalog is for those whom the existing Harbor shows its own.
      path: scope === undefined ? '/v2/' : '/v2/_catalog?n=1',
      headers: { accept: 'application/json' },
      authorization: shown.authorization,
      signal: new AbortController().signal,
    });
    await discard(answer.body);
    if (answer.status !== 200) throw new Challenge(scope);
    return caller;
  }

  async imageActions(_caller: KubeCaller, tenant: string, repository: string): Promise<ActionSet> {
    await this.#ready();
    return this.#isOpen(tenant, repository) ? this.#allowedIn(repository) : actions.none;
  }

  async #ready(): Promise<void> {
    if (this.#isReady) return;
    await this.#ports.ready();
    this.#isReady = true;
  }

  /** Harbor decides what its own accounts may do; nobody's account must not do harm for good. */
  #allowedIn(repository: string): ActionSet {
    if (this.#ports.login !== undefined) return actions.all;
    const isShared = repository.startsWith(`${LIBRARY}/`);
    return isShared ? actions.pull : actions.pull | actions.push;
  }

  #isOpen(tenant: string, repository: string): boolean {
    return this.#ports.isOpen(tenant, repository.slice(0, repository.indexOf('/')));
  }

  #callerOf(
    authorization: string | undefined,
    tenant: string,
    scope: string | undefined,
  ): KubeCaller {
    const { login } = this.#ports;
    const shown = login && openShown(login.sealer, authorization, tenant, scope);
    return {
      principal: anonymous,
      username: shown?.username || 'anonymous',
      tenantId: tenant,
      isPrivileged: false,
      role: undefined,
      projects: new Map(),
    };
  }
}
