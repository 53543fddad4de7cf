import type { KubeObject } from './object.ts';

/** Whoever names a kind knows the type of its objects; its definition made them so. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller's word for it
export function asKind<T extends KubeObject>(object: object): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only whole objects are stored
  return object as T;
}
