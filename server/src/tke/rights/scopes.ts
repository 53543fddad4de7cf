import { isRepositoryName } from '@berth/oci';
import { LIBRARY, type Names } from '../names.ts';

export interface ScopeNames {
  readonly names: Pick<Names, 'fromRepository'>;
  /** Whether the tenant has a namespace of this very name. */
  hasNamespace(tenant: string, name: string): boolean;
}

/**
 * The repository, as people of the tenant name it, that a scope means. Clients of the former
 * registry repeat scopes with the tenant's prefix (`t-ns/repo`), those of a Harbor with the
 * project (`t-image-ns/repo`), some put the host in front. Undefined when it can be no repository.
 */
export function scopedRepository(
  ports: ScopeNames,
  tenant: string,
  name: string,
): string | undefined {
  const repository = withoutHost(name);
  const [namespace = '', ...path] = repository.split('/');
  if (path.length === 0 || !isRepositoryName(repository)) return undefined;
  // What a namespace really has for a name is no prefix.
  if (namespace === LIBRARY || ports.hasNamespace(tenant, namespace)) return repository;
  const unmapped = ports.names.fromRepository(tenant, repository);
  if (unmapped !== undefined) return unmapped;
  const prefix = `${tenant}-`;
  return repository.startsWith(prefix) ? repository.slice(prefix.length) : repository;
}

/** No name has a colon, so that a part with a port is a host. */
function withoutHost(name: string): string {
  const slash = name.indexOf('/');
  return name.slice(0, slash).includes(':') ? name.slice(slash + 1) : name;
}
