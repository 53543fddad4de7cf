import { AppError } from '../../lib/index.ts';
import { type Inventory, SHARED } from './migration-source.ts';

/** What of a source is to be copied; undefined: all of it. */
export interface Selection {
  readonly tenants: readonly string[] | undefined;
  /** `namespace`, or `tenant/namespace`. */
  readonly namespaces: readonly string[] | undefined;
  /** `group`, or `tenant/group`. */
  readonly chartGroups: readonly string[] | undefined;
}

interface Container {
  readonly tenant: string;
  readonly name: string;
}

/**
 * The part of a source's contents that was asked for. `library`, which is every tenant's, comes
 * along unless namespaces were named.
 *
 * @throws AppError not-found for a name that selects nothing: it may be misspelt
 */
export function selectContents(inventory: Inventory, selection: Selection): Inventory {
  const { tenants, namespaces, chartGroups } = selection;
  const ofTenant = ({ tenant }: Container) =>
    tenant === SHARED || tenants === undefined || tenants.includes(tenant);
  const selected = {
    ...inventory,
    namespaces: inventory.namespaces.filter((one) => ofTenant(one) && isNamed(one, namespaces)),
    chartGroups: inventory.chartGroups.filter((one) => ofTenant(one) && isNamed(one, chartGroups)),
  };
  const containers = [...inventory.namespaces, ...inventory.chartGroups];
  const unknown = [
    ...(tenants ?? []).filter((name) => containers.every(({ tenant }) => tenant !== name)),
    ...(namespaces ?? []).filter(
      (name) => !selected.namespaces.some((one) => isNamed(one, [name])),
    ),
    ...(chartGroups ?? []).filter(
      (name) => !selected.chartGroups.some((one) => isNamed(one, [name])),
    ),
  ];
  if (unknown.length > 0) {
    throw new AppError('not-found', `the source has nothing of ${unknown.join(', ')}`);
  }
  return selected;
}

function isNamed({ tenant, name }: Container, names: readonly string[] | undefined): boolean {
  if (names === undefined) return true;
  return names.includes(name) || names.includes(`${tenant}/${name}`);
}
