import { type KubeStore, keyOf } from './kube-objects.ts';
import { trackUpdate } from './managed-fields.ts';
import { findMetadataCauses } from './metadata.ts';
import type { KubeObject } from './object.ts';
import { assemble, type GivenObject, parseObject } from './object-body.ts';
import { checkNamespace, foreignTenant } from './object-checks.ts';
import { newMeta, serverMeta, withoutStatus, writerOf } from './object-parts.ts';
import type { ResourceDefinition } from './resource.ts';
import { alreadyExists, badRequest, invalid } from './status-errors.ts';
import { canSee } from './tenancy.ts';
import type { WriteCall, Written } from './write-call.ts';

/** Creates objects as the API's callers ask for it. */
export class ObjectCreator {
  readonly #objects: KubeStore;

  constructor(objects: KubeStore) {
    this.#objects = objects;
  }

  async create(call: WriteCall, body: unknown): Promise<Written> {
    const { definition } = call;
    const given = parseObject(definition, withoutStatus(definition, body), call.validation);
    const object = trackUpdate(undefined, await this.prepare(call, given), writerOf(call));
    return this.store(call, object, given.warnings);
  }

  async store(call: WriteCall, object: KubeObject, warnings: readonly string[]): Promise<Written> {
    const { definition, isDryRun, caller } = call;
    if (isDryRun) {
      await this.#refuseTaken(definition, object);
      return { object, isCreated: true, warnings };
    }
    const stored = await this.#objects.insert(object);
    if (definition.afterCreate === undefined) return { object: stored, isCreated: true, warnings };
    try {
      const finished = await definition.afterCreate(stored, caller);
      const last = finished === undefined ? stored : await this.#finish(stored, finished);
      return { object: last, isCreated: true, warnings };
    } catch (error) {
      await this.#objects.remove(definition.kind, keyOf(stored), stored.metadata.uid);
      throw error;
    }
  }

  async prepare(call: WriteCall, { meta, content }: GivenObject): Promise<KubeObject> {
    const { definition, key, caller } = call;
    if (meta.resourceVersion !== undefined) {
      throw badRequest('resourceVersion should not be set on objects to be created');
    }
    checkNamespace(definition, key, meta);
    const metadata = newMeta(definition, key, meta);
    const object = definition.prepareCreate(assemble(definition, metadata, content), caller);
    if (!canSee(definition, object, caller)) throw foreignTenant(definition);
    await call.admit(object);
    const causes = [
      ...findMetadataCauses(object.metadata, definition.namePrefix === undefined),
      ...(await definition.validateCreate(object, this.#objects)),
    ];
    if (causes.length > 0) throw invalid(definition, object.metadata.name, causes);
    return object;
  }

  async #refuseTaken(definition: ResourceDefinition, object: KubeObject): Promise<void> {
    if ((await this.#objects.find(definition.kind, keyOf(object))) !== undefined) {
      throw alreadyExists(definition, object.metadata.name);
    }
    const unique = definition.uniqueKey(object);
    if (unique === undefined) return;
    if ((await this.#objects.findUnique(definition.kind, unique)) !== undefined) {
      throw alreadyExists(definition, unique);
    }
  }

  /** Stores what the back end's part made of the object, unless it is gone already. */
  async #finish(stored: KubeObject, finished: KubeObject): Promise<KubeObject> {
    const last = await this.#objects.change(stored.kind, keyOf(stored), (current) =>
      current.metadata.uid === stored.metadata.uid
        ? { ...finished, metadata: { ...finished.metadata, ...serverMeta(current.metadata) } }
        : current,
    );
    return last ?? finished;
  }
}
