import { type Continuation, parseContinue, presentContinue } from './continue-token.ts';
import type { Page, PageRequest } from './kube-object.repository.ts';
import { type KubeStore, keyOf } from './kube-objects.ts';
import type { KubeObject, ObjectKey } from './object.ts';
import type { Selection } from './selection.ts';
import { StatusError } from './status-error.ts';
import { badRequest, expired } from './status-errors.ts';

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export interface ObjectList {
  readonly metadata: ListMeta;
  readonly items: readonly KubeObject[];
}

export interface ListRequest {
  /** 0: all. */
  readonly limit: number;
  readonly continue: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
}

const BATCH = 500;
const EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.';

/** Lists objects in the order of namespace and name, page by page. */
export class ObjectLister {
  readonly #objects: KubeStore;

  constructor(objects: KubeStore) {
    this.#objects = objects;
  }

  /**
   * A continued list goes on after the last name, so that what is there all the time comes once
   * whatever is written meanwhile; a watch from the version of the first page hears of the rest.
   * @throws StatusError 400, 410, 504
   */
  async list(selection: Selection, request: ListRequest): Promise<ObjectList> {
    const from = await this.#start(request);
    const found: KubeObject[] = [];
    const wanted = request.limit === 0 ? Number.POSITIVE_INFINITY : request.limit + 1;
    let after = from?.after;
    let version = from?.version;
    for (;;) {
      const page = await this.#read(selection, after, batchOf(selection, wanted));
      version ??= page.version;
      found.push(...page.objects.filter((object) => selection.matches(object)));
      const last = page.objects.at(-1);
      if (last === undefined || page.objects.length < batchOf(selection, wanted)) break;
      if (found.length >= wanted) break;
      after = keyOf(last);
    }
    const items = found.slice(0, wanted - 1);
    const more = found.length > items.length ? items.at(-1) : undefined;
    const metadata = await this.#present(selection, version, more);
    return { metadata, items };
  }

  #read(selection: Selection, after: ObjectKey | undefined, limit: number): Promise<Page> {
    return this.#objects.page(selection.definition.kind, { ...columns(selection), after, limit });
  }

  async #start(request: ListRequest): Promise<Continuation | undefined> {
    const { version, trimmed } = await this.#objects.clock();
    if (request.continue !== '') {
      const from = parseContinue(request.continue);
      if (from.version < trimmed || from.version > version) throw expired(EXPIRED);
      return from;
    }
    checkVersion(request, version);
    return undefined;
  }

  async #present(
    selection: Selection,
    version: number,
    more: KubeObject | undefined,
  ): Promise<ListMeta> {
    const resourceVersion = String(version);
    if (more === undefined) return { resourceVersion };
    const after = keyOf(more);
    const token = presentContinue({ version, after });
    if (!selection.isPlain) return { resourceVersion, continue: token };
    const request = { ...columns(selection), after, limit: undefined };
    const remainingItemCount = await this.#objects.count(selection.definition.kind, request);
    return { resourceVersion, continue: token, remainingItemCount };
  }
}

function columns({ namespace, tenant, name }: Selection): Omit<PageRequest, 'after' | 'limit'> {
  return { namespace, tenant, name };
}

/** A selection that the database cannot make may need many rows for few objects. */
function batchOf({ isPlain }: Selection, wanted: number): number {
  return isPlain ? Math.min(BATCH, wanted) : BATCH;
}

function checkVersion(
  { resourceVersion, resourceVersionMatch }: ListRequest,
  current: number,
): void {
  if (resourceVersion === '' || resourceVersion === '0') return;
  const wanted = parseVersion(resourceVersion);
  if (wanted > current) {
    const message = `Too large resource version: ${wanted}, current: ${current}`;
    throw new StatusError(504, 'Timeout', message, { details: { retryAfterSeconds: 1 } });
  }
  if (resourceVersionMatch === 'Exact' && wanted !== current) {
    throw expired('The resourceVersion for the provided list is too old.');
  }
}

/** @throws StatusError 400 */
export function parseVersion(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`Invalid value: "${text}": resourceVersion`);
  return Number(text);
}
