import { equalJson, isJsonObject, type JsonObject, property } from './json.ts';
import { applyJsonPatch } from './json-patch.ts';
import { type KubeStore, keyOf } from './kube-objects.ts';
import { trackUpdate, withManagers } from './managed-fields.ts';
import { applyMergePatch } from './merge-patch.ts';
import { clientMeta, findMetadataCauses } from './metadata.ts';
import type { KubeObject } from './object.ts';
import {
  apiVersionOf,
  assemble,
  type GivenObject,
  parseObject,
  presentObject,
} from './object-body.ts';
import { checkName, checkNamespace, checkUid } from './object-checks.ts';
import { ObjectCreator } from './object-creator.ts';
import {
  asJson,
  managed,
  partOf,
  serverOwned,
  withFinalizers,
  withGeneration,
  withoutStatus,
  withPart,
  writerOf,
} from './object-parts.ts';
import { applyConfiguration } from './server-side-apply.ts';
import { StatusError } from './status-error.ts';
import { badRequest, invalid, notFound, stale } from './status-errors.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';
import { canSee } from './tenancy.ts';
import type { WriteCall, Written } from './write-call.ts';

export type PatchType = 'json' | 'merge' | 'strategic';

const PATCH_ATTEMPTS = 5;

/** Creates and changes objects as the API's callers ask for it. */
export class ObjectWriter {
  readonly #objects: KubeStore;

  readonly #creator: ObjectCreator;

  constructor(objects: KubeStore) {
    this.#objects = objects;
    this.#creator = new ObjectCreator(objects);
  }

  /** @throws StatusError 404 also for an object of another tenant */
  async get(call: Pick<WriteCall, 'definition' | 'key' | 'caller' | 'admit'>) {
    const { definition, key, caller } = call;
    const object = await this.#objects.find(definition.kind, key);
    if (object === undefined || !canSee(definition, object, caller)) {
      throw notFound(definition, key.name);
    }
    await call.admit(object);
    return object;
  }

  create(call: WriteCall, body: unknown): Promise<Written> {
    return this.#creator.create(call, body);
  }

  /** Replaces the object, or its sub-resource. */
  async update(call: WriteCall, body: unknown): Promise<Written> {
    const { definition, key } = call;
    const given = parseObject(definition, body, call.validation);
    const { meta } = given;
    checkName(key, meta);
    checkNamespace(definition, key, meta);
    if (meta.resourceVersion === undefined) {
      const message = 'Invalid value: 0x0: must be specified for an update';
      const field = 'metadata.resourceVersion';
      throw invalid(definition, key.name, [{ reason: 'FieldValueInvalid', message, field }]);
    }
    const old = await this.get(call);
    checkUid(definition, old, meta.uid);
    if (meta.resourceVersion !== old.metadata.resourceVersion) throw stale(definition, key.name);
    const object = await this.#save(call, old, given, (next) =>
      trackUpdate(old, meta.clearsManagers ? withManagers(next, []) : next, writerOf(call)),
    );
    if (object === undefined) throw stale(definition, key.name);
    return { object, isCreated: false, warnings: given.warnings };
  }

  /** Applies a patch; again, if somebody else wrote at the same time. */
  async patch(call: WriteCall, type: PatchType, patch: unknown): Promise<Written> {
    const { definition, key } = call;
    for (let attempt = 1; ; attempt += 1) {
      const old = await this.get(call);
      const shown = asJson(presentObject(definition, old));
      const patched = patchAs(type, shown, patch);
      const given = parseObject(definition, patched, call.validation);
      const { meta } = given;
      checkName(key, meta);
      checkNamespace(definition, key, meta);
      checkUid(definition, old, meta.uid);
      const isStale = (meta.resourceVersion ?? '') !== old.metadata.resourceVersion;
      if (isStale && meta.resourceVersion !== undefined) throw stale(definition, key.name);
      const object = await this.#save(call, old, given, (next) =>
        trackUpdate(old, meta.clearsManagers ? withManagers(next, []) : next, writerOf(call)),
      );
      if (object !== undefined) return { object, isCreated: false, warnings: given.warnings };
      if (attempt === PATCH_ATTEMPTS || statesVersion(patch)) throw stale(definition, key.name);
    }
  }

  /** Server-side apply. @throws StatusError 409 with the fields that others own */
  async apply(call: WriteCall, body: unknown, force: boolean): Promise<Written> {
    const { definition, key } = call;
    if (!isJsonObject(body)) throw badRequest('the body must be an object');
    const said = parseObject(definition, body, call.validation);
    checkName(key, { ...said.meta, name: said.meta.name === '' ? key.name : said.meta.name });
    checkNamespace(definition, key, said.meta);
    if (Array.isArray(property(asJson(body['metadata'] ?? {}), 'managedFields'))) {
      throw badRequest('metadata.managedFields must be nil');
    }
    for (let attempt = 1; ; attempt += 1) {
      const written = await this.#applyOnce(call, said, body, force);
      if (written !== undefined) return written;
      if (attempt === PATCH_ATTEMPTS) throw stale(definition, key.name);
    }
  }

  async #applyOnce(
    call: WriteCall,
    said: GivenObject,
    configuration: JsonObject,
    force: boolean,
  ): Promise<Written | undefined> {
    const { definition, key } = call;
    const old = await this.#findForApply(call);
    if (old === undefined) return this.#createByApply(call, configuration, force);
    await call.admit(old);
    checkUid(definition, old, said.meta.uid);
    const { resourceVersion } = said.meta;
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) {
      throw stale(definition, key.name);
    }
    const apiVersion = apiVersionOf(definition);
    const live = presentObject(definition, old);
    const options = { apiVersion, force };
    const applied = applyConfiguration(live, configuration, writerOf(call), options);
    const given = parseObject(definition, applied.document, 'Ignore');
    const object = await this.#save(call, old, given, (next) =>
      managed(old, next, applied.managers),
    );
    const { warnings } = said;
    return object === undefined ? undefined : { object, isCreated: false, warnings };
  }

  async #findForApply(call: WriteCall): Promise<KubeObject | undefined> {
    const { definition, key, caller, subresource } = call;
    const old = await this.#objects.find(definition.kind, key);
    if (old !== undefined && canSee(definition, old, caller)) return old;
    if (old !== undefined || subresource !== '') throw notFound(definition, key.name);
    if (definition.namePrefix === undefined) return undefined;
    const { message, details } = notFound(definition, key.name);
    const reason = `${message}: the server names objects of this kind, so apply changes only those that exist; create it first`;
    throw new StatusError(404, 'NotFound', reason, details === undefined ? {} : { details });
  }

  async #createByApply(call: WriteCall, body: JsonObject, force: boolean): Promise<Written> {
    const { definition, key } = call;
    const options = { apiVersion: apiVersionOf(definition), force };
    const { managers } = applyConfiguration(undefined, body, writerOf(call), options);
    const metadata = { ...asJson(body['metadata'] ?? {}), name: key.name };
    const complete = withoutStatus(definition, { ...body, metadata });
    const given = parseObject(definition, complete, call.validation);
    const object = withManagers(await this.#creator.prepare(call, given), managers);
    return this.#creator.store(call, object, given.warnings);
  }

  /** Undefined when the object changed meanwhile. */
  async #save(
    call: WriteCall,
    old: KubeObject,
    given: GivenObject,
    manage: (next: KubeObject) => KubeObject,
  ): Promise<KubeObject | undefined> {
    const { definition, subresource, caller, isDryRun } = call;
    const prepared = this.#prepareUpdate(call, old, given);
    await call.admit(prepared);
    const causes = [
      ...findMetadataCauses(prepared.metadata, false),
      ...(subresource === '' ? await definition.validateUpdate(prepared, old, this.#objects) : []),
    ];
    if (causes.length > 0) throw invalid(definition, old.metadata.name, causes);
    if (!canSee(definition, prepared, caller)) throw notFound(definition, old.metadata.name);
    const next = withGeneration(manage(prepared), old);
    if (equalJson(next, old)) return old;
    if (isDryRun) return next;
    const stored = await this.#objects.replace(old, next);
    if (stored === undefined || subresource !== '') return stored;
    await this.#tellBackend(call, stored, old);
    return stored;
  }

  #prepareUpdate(call: WriteCall, old: KubeObject, { meta, content }: GivenObject): KubeObject {
    const { definition, subresource, caller } = call;
    if (subresource === 'status') {
      const given = assemble(definition, old.metadata, content);
      return withPart(old, 'status', partOf(given, 'status'));
    }
    if (subresource === 'finalize') return withFinalizers(definition, old, content);
    const metadata = { ...serverOwned(old.metadata), ...clientMeta(meta) };
    const object = assemble(definition, metadata, content);
    const prepared = definition.prepareUpdate(object, old, caller);
    // B2: whatever the kind does, the main resource leaves the status alone.
    return definition.subresources.includes('status')
      ? withPart(prepared, 'status', partOf(old, 'status'))
      : prepared;
  }

  async #tellBackend({ definition, caller }: WriteCall, stored: KubeObject, old: KubeObject) {
    if (definition.afterUpdate === undefined) return;
    try {
      await definition.afterUpdate(stored, old, caller);
    } catch (error) {
      const { resourceVersion } = stored.metadata;
      await this.#objects.change(stored.kind, keyOf(stored), (current) =>
        current.metadata.resourceVersion === resourceVersion ? old : current,
      );
      throw error;
    }
  }
}

function patchAs(type: PatchType, document: JsonObject, patch: unknown): unknown {
  if (type === 'json') return applyJsonPatch(document, patch);
  return type === 'merge'
    ? applyMergePatch(document, patch)
    : applyStrategicMergePatch(document, patch);
}

/** Whether the caller itself named the version that it means to change. */
function statesVersion(patch: unknown): boolean {
  const text = JSON.stringify(patch);
  return text.includes('resourceVersion');
}
