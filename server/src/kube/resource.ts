import type { z } from 'zod';
import type { KubeCaller } from './caller.ts';
import type { KubeObject, ObjectKey } from './object.ts';
import type { KubeObjects } from './objects.ts';
import type { Cause } from './status-error.ts';

export type KubeVerb =
  | 'create'
  | 'get'
  | 'list'
  | 'watch'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection';

/** What a request asks to be allowed; the rights module decides (reference §5.3). */
export interface KubeRequest {
  readonly verb: KubeVerb;
  readonly resource: string;
  /** `status`, `finalize`, `version`, `repoupdating`; '' for none. */
  readonly subresource: string;
  readonly namespace: string;
  /** '' for create, list, watch of many, deletecollection. */
  readonly name: string;
}

/** A column of the table that `kubectl get` prints; priority 1 is shown by `-o wide` only. */
export interface Column<T> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly priority: 0 | 1;
  readonly description: string;
  valueOf(object: T): string | number | boolean;
}

/** One comma-separated term of a field selector. */
export interface FieldTerm {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** What a caller's list or watch is narrowed to, beside its tenant. */
export interface Narrowing {
  /** Terms left for the ordinary selection; virtual ones (`repoType`) are taken out. */
  readonly terms: readonly FieldTerm[];
  /** Further condition; undefined: none. Called again for every event of a watch. */
  readonly matches: ((object: KubeObject) => boolean) | undefined;
}

/** A sub-resource that is a call and no part of the object, such as `charts/version`. */
export interface Connect {
  readonly name: string;
  readonly methods: readonly ('GET' | 'POST' | 'DELETE')[];
  /** Whether more path may follow (`/version/1.2.3`). */
  readonly takesPath: boolean;
  /** Answers with a JSON document. @throws StatusError */
  handle(call: {
    readonly method: string;
    readonly object: KubeObject;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly caller: KubeCaller;
    readonly signal: AbortSignal;
  }): Promise<object | string>;
}

/** Declared as a method, so that definitions of different kinds fit into one list. */
interface FuzzyTexts<T> {
  of(object: T): readonly string[];
}

/**
 * A kind of object with its rules. The machinery does discovery, storage, versions, selection,
 * patches, watches and deletion with finalizers; a resource says what is special.
 */
export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural, as in paths. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly KubeVerb[];
  /** Beginning of names that the server makes (8 random characters follow); undefined: the client names. */
  readonly namePrefix: string | undefined;
  readonly subresources: readonly ('status' | 'finalize')[];
  readonly connects: readonly Connect[];
  /** Everything beside apiVersion, kind and metadata, as clients send it; also feeds OpenAPI. */
  readonly body: z.ZodType<object>;
  /** Beside Name and Created At. */
  readonly columns: readonly Column<T>[];
  /**
   * Selectable fields beside metadata.name and metadata.namespace, with their values. Always the
   * same keys; also asked of an object that has nothing but its defaults.
   */
  fieldsOf(object: T): Readonly<Record<string, string>>;
  /** Keys that only `narrow` understands. */
  readonly virtualFields: readonly string[];
  /** Undefined: the kind belongs to no tenant and only privileged callers see it. */
  tenantOf(object: T): string | undefined;
  /** No two objects of the kind may have the same, such as `tenant/name`; undefined: no such rule. */
  uniqueKey(object: T): string | undefined;
  /** Texts that the header X-TKE-FuzzyResourceName searches; undefined: the header means nothing. */
  fuzzyTexts: FuzzyTexts<T>['of'] | undefined;
  /** The object as callers see it, without secrets; absent: as it is. `patch` starts from this. */
  present?(object: T): T;
  /** Fills what was left out; run on whatever a client sends, before everything else. */
  withDefaults(object: T): T;
  prepareCreate(object: T, caller: KubeCaller): T;
  validateCreate(object: T, objects: KubeObjects): Promise<readonly Cause[]>;
  /** Puts back what an update of the main resource must not change (status, finalizers, creator). */
  prepareUpdate(object: T, old: T, caller: KubeCaller): T;
  validateUpdate(object: T, old: T, objects: KubeObjects): Promise<readonly Cause[]>;
  /** Conditions on lists and watches. @throws StatusError 400 for an unknown repoType */
  narrow(terms: readonly FieldTerm[], caller: KubeCaller): Promise<Narrowing>;
  /**
   * After the object was stored, before the caller is answered: the back end's part. When it
   * throws, the object is deleted again (create) or put back (update), and the error answers.
   * Gives the object to store in its place (phase Available), or undefined to leave it.
   */
  afterCreate?(object: T, caller: KubeCaller): Promise<T | undefined>;
  afterUpdate?(object: T, old: T, caller: KubeCaller): Promise<void>;
  /** Refuses a deletion before anything changes, such as of a namespace with images. @throws StatusError */
  checkDelete?(object: T): Promise<void>;
  /**
   * Marks an object whose deletion begins (`status.phase` Terminating). The row stays while
   * `finalizersOf` gives any; then controllers do their work and take their finalizer out.
   */
  markDeleting(object: T): T;
  finalizersOf(object: T): readonly string[];
  /** Sentence of the 409 that a second DELETE gets while finalizers are there. */
  readonly deletingMessage: string;
  /** A first attempt at the finalizer's work, before the caller is answered; a failure leaves it to the controller. */
  afterDelete?(object: T, key: ObjectKey): Promise<void>;
}
