import type { KubeObject } from '../../kube/index.ts';

/** Which of the back end's pulls are in the object's count: `{back end}:{number}`. */
const COUNTED = 'registry.tkestack.io/counted-pulls';

/** What a back end says of how often something was pulled there. */
export interface HeldPulls {
  readonly source: string;
  readonly count: number;
}

interface Counted extends KubeObject {
  readonly status: { readonly pullCount: number };
}

/**
 * Adds what the back end counted since it was asked last. So a count that began elsewhere goes on
 * when the back end is changed (scenario 40), and asking twice counts once. An older answer that
 * comes late, with fewer pulls, changes nothing.
 */
export function withPulls<T extends Counted>(object: T, held: HeldPulls): T {
  const { annotations = {} } = object.metadata;
  const { pullCount } = object.status;
  const [source, number] = annotations[COUNTED]?.split(':') ?? [];
  const isSame = source === held.source;
  const seen = isSame ? Number(number) : held.count;
  if (isSame && held.count <= seen) return object;
  const isNew = source === undefined && pullCount === 0;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      annotations: { ...annotations, [COUNTED]: `${held.source}:${held.count}` },
    },
    status: { ...object.status, pullCount: isNew ? held.count : pullCount + held.count - seen },
  };
}
