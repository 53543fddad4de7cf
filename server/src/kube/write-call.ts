import type { KubeCaller } from './caller.ts';
import type { KubeObject, ObjectKey } from './object.ts';
import type { FieldValidation } from './object-body.ts';
import type { ResourceDefinition } from './resource.ts';

/** What a write is asked with. */
export interface WriteCall {
  readonly definition: ResourceDefinition;
  /** `name` is '' for create. */
  readonly key: ObjectKey;
  readonly subresource: string;
  readonly caller: KubeCaller;
  /** Whether the caller may do it with this object. @throws StatusError 403 */
  admit(object: KubeObject): Promise<void>;
  readonly isDryRun: boolean;
  /** Who owns the fields that are written. */
  readonly manager: string;
  readonly validation: FieldValidation;
}

export interface Written {
  readonly object: KubeObject;
  readonly isCreated: boolean;
  readonly warnings: readonly string[];
}
