import type { IncomingMessage } from 'node:http';
import type { Caller, CallerRequest } from '../../api/index.ts';
import type { AddressOf } from '../../http/index.ts';
import type { KubeCaller } from '../../kube/index.ts';
import { anonymousCaller, strangerOf, type TkeCallers } from './callers.ts';

export interface KubeDoorPorts {
  /** By Basic, bearer or session; wrong credentials are never passed over. @throws AppError */
  resolve(request: CallerRequest): Promise<Caller>;
  readonly callers: Pick<TkeCallers, 'callerOf'>;
  readonly addressOf: AddressOf;
  /** The tenant that a host names; undefined for one that names none. @throws AppError invalid */
  findTenant(host: string | undefined): string | undefined;
}

/**
 * Who calls the Kubernetes-style API: in the tenant whose host it called, else in its own. Somebody
 * whom that tenant does not know comes in as a stranger without rights.
 *
 * @throws AppError unauthenticated, denied, too-many, invalid
 */
export function createKubeDoor(
  ports: KubeDoorPorts,
): (request: IncomingMessage) => Promise<KubeCaller> {
  return async (request) => {
    const { method = 'GET', headers, url = '/' } = request;
    const [path = '/'] = url.split('?', 1);
    const tenant = ports.findTenant(headers.host);
    const address = ports.addressOf(request);
    const { principal } = await ports.resolve({ method, path, headers, address, isLogin: false });
    if (principal.kind === 'anonymous') return anonymousCaller;
    return (await ports.callers.callerOf(principal, tenant)) ?? strangerOf(principal);
  };
}
