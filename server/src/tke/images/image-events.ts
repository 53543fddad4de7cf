import { isReading, type V2Method } from '../../access/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { RepositoryPath } from './passage.ts';

/** What became of images through `/v2`, in the words of people. */
export interface ContentChange {
  readonly tenant: string;
  /** The first part of the repository's name. */
  readonly namespace: string;
  /** Below the namespace: `nginx`, `a/b`. */
  readonly repository: string;
}

/** Who wants to know; nothing that goes wrong there reaches a client. */
export interface ImageHooks {
  /** A manifest was put or deleted. */
  onContentChanged(change: ContentChange): void | Promise<void>;
  /** A tag was pulled. Cheap: it stands in the path of every pull. */
  onPulled(change: ContentChange): void | Promise<void>;
}

export type ImageAction = 'push' | 'delete' | 'pull-denied' | 'push-denied' | 'delete-denied';

export interface ImageAuditEntry {
  /** The user's name; `anonymous` for nobody, undefined when Harbor itself knows who it is. */
  readonly actor: string | undefined;
  readonly tenant: string;
  readonly namespace: string;
  readonly repository: string;
  /** The tag or digest as the client named it. */
  readonly reference: string;
  readonly action: ImageAction;
  readonly status: number;
  /** Of the client. */
  readonly address: string;
  readonly requestId: string;
}

export interface ImageAudit {
  /** Never waits and never throws for long: entries are written beside requests. */
  record(entry: ImageAuditEntry): void | Promise<void>;
}

/** Runs what must not change an answer. */
export function runQuietly(log: Log, what: string, work: () => void | Promise<void>): void {
  try {
    const done = work();
    if (done instanceof Promise) {
      done.catch((error: unknown) => log.warn({ err: error }, `${what} failed`));
    }
  } catch (error) {
    log.warn({ err: error }, `${what} failed`);
  }
}

export function changeOf(tenant: string, name: string): ContentChange {
  const slash = name.indexOf('/');
  return { tenant, namespace: name.slice(0, slash), repository: name.slice(slash + 1) };
}

/** The tag or digest that a path names; '' for none. */
export function referenceOf(path: RepositoryPath): string {
  if (path.kind === 'manifest') return path.name;
  return path.kind === 'blob' || path.kind === 'referrers' ? path.digest : '';
}

/** What is worth an entry: what changed something, and what was refused to somebody. */
export function actionOf(
  path: RepositoryPath,
  method: V2Method,
  status: number,
): ImageAction | undefined {
  const isDelete = method === 'DELETE' && (path.kind === 'manifest' || path.kind === 'blob');
  if (status === 403) {
    if (isReading(method)) return 'pull-denied';
    return isDelete ? 'delete-denied' : 'push-denied';
  }
  if (status >= 300) return undefined;
  if (isDelete) return 'delete';
  return method === 'PUT' && path.kind === 'manifest' ? 'push' : undefined;
}
