import { AppError } from '../../lib/index.ts';
import { LIBRARY } from '../names.ts';
import { SHARED } from './migration-source.ts';

/** A namespace as it is found in a stored repository's name. */
export interface StoredNamespace {
  readonly tenant: string;
  readonly namespace: string;
}

export interface NameRules {
  /** Undefined: to be read from the names, which only works without further hyphens. */
  readonly tenants: readonly string[] | undefined;
  /** `tenant/namespace`; decides where two tenants' names begin alike. */
  readonly namespaces: readonly string[] | undefined;
}

export interface SortedNames {
  /** Repositories below each namespace, by `tenant/namespace`. */
  readonly namespaces: ReadonlyMap<string, StoredNamespace & { readonly repositories: string[] }>;
  /** Repositories that are of no tenant that was asked for. */
  readonly others: readonly string[];
}

const SHOWN = 10;

/**
 * Sorts the repositories of a plain registry, `{tenant}-{namespace}/{repository}` and
 * `library/{repository}`, to their namespaces (reference §2.3; a tenant may have hyphens: B17).
 *
 * @throws AppError invalid, naming them, for names that can be read in more than one way
 */
export function sortNames(repositories: Iterable<string>, rules: NameRules): SortedNames {
  const namespaces = new Map<string, StoredNamespace & { repositories: string[] }>();
  const others: string[] = [];
  const unclear = new Set<string>();
  for (const name of repositories) {
    const slash = name.indexOf('/');
    const container = name.slice(0, Math.max(slash, 0));
    const readings = readContainer(container, rules);
    if (readings.length > 1) unclear.add(container);
    const [reading] = readings;
    if (reading === undefined) {
      others.push(name);
      continue;
    }
    const key = `${reading.tenant}/${reading.namespace}`;
    const known = namespaces.get(key) ?? { ...reading, repositories: [] };
    known.repositories.push(name.slice(slash + 1));
    namespaces.set(key, known);
  }
  if (unclear.size > 0) throw unclearNames([...unclear], rules);
  return { namespaces, others };
}

/** Every way to read `{tenant}-{namespace}`. */
function readContainer(container: string, { tenants, namespaces }: NameRules): StoredNamespace[] {
  if (container === LIBRARY) return [{ tenant: SHARED, namespace: LIBRARY }];
  const readings = [...container.matchAll(/-/g)]
    .map(({ index }) => ({
      tenant: container.slice(0, index),
      namespace: container.slice(index + 1),
    }))
    .filter(({ tenant, namespace }) => tenant !== '' && namespace !== '')
    .filter(({ tenant }) => tenants === undefined || tenants.includes(tenant));
  const named = readings.filter(({ tenant, namespace }) =>
    namespaces?.some((name) => name === `${tenant}/${namespace}`),
  );
  return named.length > 0 ? named : readings;
}

function unclearNames(names: readonly string[], { tenants }: NameRules): AppError {
  const shown = names.slice(0, SHOWN).join(', ');
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  const advice =
    tenants === undefined
      ? 'name the tenants with --tenants'
      : 'say which is meant with --namespaces tenant/namespace,…';
  return new AppError(
    'invalid',
    `these names can be read as several tenants' namespaces: ${shown}${more}; ${advice}`,
  );
}
