import type { V2Path } from '@berth/oci';
import { type ActionSet, actions } from './actions.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Methods of the distribution API. */
export type V2Method = (typeof METHODS)[number];

/** What each endpoint needs, by method. A method that is not here is refused with 405. */
const permissions: Record<V2Path['kind'], Partial<Record<V2Method, ActionSet>>> = {
  base: { GET: actions.none, HEAD: actions.none },
  catalog: { GET: actions.none },
  manifest: { GET: actions.pull, HEAD: actions.pull, PUT: actions.push, DELETE: actions.delete },
  blob: { GET: actions.pull, HEAD: actions.pull, DELETE: actions.delete },
  uploads: { POST: actions.push },
  upload: {
    GET: actions.push,
    HEAD: actions.push,
    PATCH: actions.push,
    PUT: actions.push,
    DELETE: actions.push,
  },
  tags: { GET: actions.pull, HEAD: actions.pull },
  referrers: { GET: actions.pull, HEAD: actions.pull },
};

/** The method with the rights it needs; undefined when the endpoint does not have the method. */
export function findV2Operation(
  kind: V2Path['kind'],
  method: string | undefined,
): { readonly method: V2Method; readonly needed: ActionSet } | undefined {
  const known = METHODS.find((name) => name === method);
  const needed = known === undefined ? undefined : permissions[kind][known];
  return known === undefined || needed === undefined ? undefined : { method: known, needed };
}

/** Whether a method changes nothing. */
export function isReading(method: V2Method): boolean {
  return method === 'GET' || method === 'HEAD';
}
