import { type ActionSet, actions } from '../../access/index.ts';
import type { Informer, KubeCaller } from '../../kube/index.ts';
import type { RegistryConfiguration } from '../config/registry-configuration.ts';
import { LIBRARY } from '../names.ts';
import { isAvailable } from '../resources/availability.ts';
import { keys, type Namespace } from '../resources/types.ts';
import { imageRights, isLocked, libraryRights } from './image-rights.ts';
import type { ImageDecision } from './token.service.ts';

export interface ImageDecisions {
  /** From memory alone; undefined before everything was read once. */
  peek(caller: KubeCaller, tenant: string, repository: string): ImageDecision | undefined;
  decide(caller: KubeCaller, tenant: string, repository: string): Promise<ImageDecision>;
  /** The same for a token request; a namespace of this very name comes first. */
  hasNamespace(tenant: string, name: string): boolean;
}

export interface ImageDecisionsPorts {
  readonly namespaces: Informer<Namespace>;
  readonly configuration: Pick<RegistryConfiguration, 'enableAnonymous' | 'harbor'>;
}

const ABSENT: ImageDecision = { namespaceId: undefined, allowed: actions.none };

/** Whether everybody may pull and push. */
export function isOpenToAll({ enableAnonymous, harbor }: ImageDecisionsPorts['configuration']) {
  return enableAnonymous || harbor?.login === 'anonymous';
}

/** What may be done in a repository by today's rights, from the namespaces in memory. */
export function createImageDecisions(ports: ImageDecisionsPorts): ImageDecisions {
  const { namespaces, configuration } = ports;
  const open: ActionSet = isOpenToAll(configuration) ? actions.pull | actions.push : actions.none;
  let isReady = false;

  function decide(caller: KubeCaller, tenant: string, repository: string): ImageDecision {
    const slash = repository.indexOf('/');
    if (slash < 1) return ABSENT;
    const name = repository.slice(0, slash);
    if (name === LIBRARY) return { namespaceId: LIBRARY, allowed: libraryRights(caller) | open };
    const namespace = namespaces.peek(keys.namespace(tenant, name));
    if (namespace === undefined) return ABSENT;
    const own = imageRights(caller, namespace, repository.slice(slash + 1));
    const isShut = isLocked(namespace) || !isAvailable(namespace);
    return { namespaceId: namespace.metadata.uid, allowed: isShut ? own : own | open };
  }

  return {
    peek: (caller, tenant, repository) =>
      isReady ? decide(caller, tenant, repository) : undefined,
    async decide(caller, tenant, repository) {
      await namespaces.ready();
      isReady = true;
      return decide(caller, tenant, repository);
    },
    hasNamespace: (tenant, name) => namespaces.peek(keys.namespace(tenant, name)) !== undefined,
  };
}
