import type { IncomingMessage } from 'node:http';
import { OciError, parseV2Path, type V2Path } from '@berth/oci';
import type { V2Method } from '../../access/index.ts';
import type { Admission } from '../rights/gatekeeper.ts';

/** Paths of `/v2` that belong to a repository. */
export type RepositoryPath = Exclude<V2Path, { kind: 'base' | 'catalog' }>;

/** Where a request leads: in the words of people, and in those of the back end. */
export interface Route {
  readonly tenant: string;
  readonly path: RepositoryPath;
  /** As the back end has it: `default-image-test/nginx`. */
  readonly stored: string;
  /** The request's URL with the stored name in it. */
  readonly storedUrl: string;
}

/** A request that was let through. */
export interface Passage extends Route {
  readonly method: V2Method;
  readonly admission: Admission;
  /** The repository to mount from, as the back end has it, which the caller may pull. */
  readonly mountFrom: string | undefined;
}

/** What was decided of requests, for those who serve them in this process. */
export type Passages = WeakMap<object, Pick<Passage, 'stored' | 'admission'>>;

export function createPassages(): Passages {
  return new WeakMap<IncomingMessage, Pick<Passage, 'stored' | 'admission'>>();
}

/** @throws OciError UNSUPPORTED (404) for the path of no endpoint */
export function parsePath(url: string): V2Path {
  const path = parseV2Path(url);
  if (path !== undefined) return path;
  throw new OciError('UNSUPPORTED', 'there is no such endpoint', { status: 404 });
}
