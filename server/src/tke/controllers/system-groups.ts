import { type KubeObjects, StatusError } from '../../kube/index.ts';
import type { Names } from '../names.ts';
import { CHART_GROUP_FINALIZER } from '../resources/chart-group.resource.ts';
import {
  API_VERSION,
  type ChartGroup,
  keys,
  type Member,
  type Namespace,
} from '../resources/types.ts';

export interface SystemGroupsPorts {
  readonly objects: KubeObjects;
  readonly names: Names;
  readonly defaultTenant: string;
  /** Of the chart groups that every tenant has. */
  readonly systemChartGroups: readonly string[];
  establish(group: ChartGroup): Promise<void>;
}

/** All tenants that anything belongs to, and the default one. */
export async function listTenants({
  objects,
  defaultTenant,
}: Pick<SystemGroupsPorts, 'objects' | 'defaultTenant'>): Promise<ReadonlySet<string>> {
  const lists = await Promise.all([
    objects.list<Namespace>('Namespace'),
    objects.list<ChartGroup>('ChartGroup'),
    objects.list<Member>('Member'),
  ]);
  return new Set([defaultTenant, ...lists.flat().map(({ spec }) => spec.tenantID)]);
}

/** Creates the groups that the tenant has from the start (reference §1.9). @throws ProviderError */
export async function ensureSystemGroups(tenant: string, ports: SystemGroupsPorts): Promise<void> {
  const { objects, names, systemChartGroups } = ports;
  for (const name of systemChartGroups) {
    const known = await objects.findUnique('ChartGroup', keys.chartGroup(tenant, name));
    if (known !== undefined) continue;
    // An impossible name is told before an object of it exists.
    names.toProject('chart', { tenant, name });
    const group = await create(objects, tenant, name);
    if (group !== undefined) await ports.establish(group);
  }
}

/** Undefined: another replica was quicker. */
async function create(
  objects: KubeObjects,
  tenantID: string,
  name: string,
): Promise<ChartGroup | undefined> {
  try {
    return await objects.create<ChartGroup>({
      apiVersion: API_VERSION,
      kind: 'ChartGroup',
      metadata: {},
      spec: {
        name,
        tenantID,
        displayName: name,
        visibility: 'Public',
        type: 'System',
        projects: [],
        users: [],
        finalizers: [CHART_GROUP_FINALIZER],
      },
      status: { phase: 'Pending', chartCount: 0 },
    });
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'AlreadyExists') return undefined;
    throw error;
  }
}
