import { z } from 'zod';
import type { Log } from '../telemetry/index.ts';
import type { KubeCaller } from './caller.ts';
import { finalizersOf, type KubeStore, keyOf, timestamp } from './kube-objects.ts';
import type { KubeObject, ObjectKey } from './object.ts';
import type { ResourceDefinition } from './resource.ts';
import { badRequest, conflict, notFound, stale } from './status-errors.ts';
import { canSee } from './tenancy.ts';

/** Kubernetes' DeleteOptions, as far as they mean something here; the rest is taken and ignored. */
const deleteOptions = z.object({
  preconditions: z
    .object({ uid: z.string().nullish(), resourceVersion: z.string().nullish() })
    .nullish(),
  dryRun: z.array(z.string()).nullish(),
  propagationPolicy: z.enum(['Orphan', 'Background', 'Foreground']).nullish(),
  gracePeriodSeconds: z.number().nullish(),
  orphanDependents: z.boolean().nullish(),
});

export interface DeleteOptions {
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly isDryRun: boolean;
}

/** @throws StatusError 400 */
export function parseDeleteOptions(body: unknown, isDryRun: boolean): DeleteOptions {
  const parsed = deleteOptions.safeParse(body ?? {});
  if (!parsed.success) throw badRequest(`DeleteOptions: ${z.prettifyError(parsed.error)}`);
  const { preconditions, dryRun } = parsed.data;
  const wishes = dryRun ?? [];
  if (wishes.some((wish) => wish !== 'All')) {
    throw badRequest('dryRun: Unsupported value: supported values: "All"');
  }
  return {
    uid: preconditions?.uid ?? undefined,
    resourceVersion: preconditions?.resourceVersion ?? undefined,
    isDryRun: isDryRun || wishes.length > 0,
  };
}

export interface DeleteCall {
  readonly definition: ResourceDefinition;
  readonly key: ObjectKey;
  readonly caller: KubeCaller;
  /** Whether the caller may do it with this object. @throws StatusError 403 */
  admit(object: KubeObject): Promise<void>;
  readonly options: DeleteOptions;
}

const ATTEMPTS = 10;

/** The one way in which callers' deletions go, of single objects and of collections (B9). */
export class ObjectDeleter {
  readonly #objects: KubeStore;
  readonly #log: Log;

  constructor(objects: KubeStore, log: Log) {
    this.#objects = objects;
    this.#log = log;
  }

  /** The object as it was removed, or as it waits for its finalizers. @throws StatusError */
  async delete(call: DeleteCall): Promise<KubeObject> {
    const { definition, key } = call;
    for (let attempt = 1; ; attempt += 1) {
      const object = await this.#find(call);
      checkPreconditions(call, object);
      refuseSecond(definition, object);
      if (object.metadata.deletionTimestamp === undefined) await definition.checkDelete?.(object);
      if (call.options.isDryRun) return object;
      const gone = await this.#begin(definition, object);
      if (gone !== undefined) {
        await this.#finish(definition, gone, key);
        return gone;
      }
      if (attempt === ATTEMPTS) throw stale(definition, key.name);
    }
  }

  async #find(call: DeleteCall): Promise<KubeObject> {
    const { definition, key, caller } = call;
    const object = await this.#objects.find(definition.kind, key);
    if (object === undefined || !canSee(definition, object, caller)) {
      throw notFound(definition, key.name);
    }
    await call.admit(object);
    return object;
  }

  /** Undefined when the object changed meanwhile. */
  #begin(definition: ResourceDefinition, object: KubeObject): Promise<KubeObject | undefined> {
    if (finalizersOf(definition, object).length === 0) return this.#objects.erase(object);
    const { metadata, ...content } = object;
    const marked = definition.markDeleting({
      ...content,
      metadata: {
        ...metadata,
        deletionTimestamp: timestamp(),
        deletionGracePeriodSeconds: 0,
        generation: (metadata.generation ?? 0) + 1,
      },
    });
    return this.#objects.replace(object, marked);
  }

  async #finish(definition: ResourceDefinition, object: KubeObject, key: ObjectKey): Promise<void> {
    try {
      await definition.afterDelete?.(object, key);
    } catch (error) {
      this.#log.warn(
        { err: error, kind: definition.kind, name: key.name },
        'the first attempt at a deletion failed; it will be tried again',
      );
    }
  }

  /** Each by itself; one that is refused ends it. */
  async deleteAll(
    definition: ResourceDefinition,
    objects: readonly KubeObject[],
    call: Pick<DeleteCall, 'caller' | 'options' | 'admit'>,
  ): Promise<readonly KubeObject[]> {
    const gone: KubeObject[] = [];
    for (const object of objects) {
      try {
        gone.push(await this.delete({ ...call, definition, key: keyOf(object) }));
      } catch (error) {
        const isGoing = object.metadata.deletionTimestamp !== undefined;
        if (!isGoing && (await this.#objects.find(definition.kind, keyOf(object))) !== undefined) {
          throw error;
        }
      }
    }
    return gone;
  }
}

function checkPreconditions({ definition, options }: DeleteCall, { metadata }: KubeObject): void {
  const { uid, resourceVersion } = options;
  if (uid !== undefined && uid !== metadata.uid) {
    const message = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
    throw conflict(definition, metadata.name, message);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const message = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`;
    throw conflict(definition, metadata.name, message);
  }
}

function refuseSecond(definition: ResourceDefinition, object: KubeObject): void {
  const { metadata } = object;
  const isWaiting =
    metadata.deletionTimestamp !== undefined && finalizersOf(definition, object).length > 0;
  if (isWaiting) throw conflict(definition, metadata.name, definition.deletingMessage);
}
