import { type Inventory, type MigrationSource, SHARED } from './migration-source.ts';

/** What a tenant has at the source. */
export type TenantPlan = {
  /** `library` for what belongs to all. */
  readonly tenant: string;
  namespaces: number;
  repositories: number;
  tags: number;
  /** Manifests without a tag that the source lists. */
  untagged: number;
  /** Undefined where the source's lists tell no sizes; shared layers count in each image. */
  bytes: number | undefined;
  chartGroups: number;
  charts: number;
};

export interface MigrationPlan {
  readonly source: string;
  readonly tenants: readonly TenantPlan[];
  readonly notes: readonly string[];
}

/** Counts what would be copied; writes nothing anywhere. */
export async function createPlan(
  source: MigrationSource,
  contents: Inventory,
  signal: AbortSignal,
): Promise<MigrationPlan> {
  const tenants = new Map<string, TenantPlan>();
  for (const namespace of contents.namespaces) {
    const plan = ensurePlan(tenants, namespace.tenant);
    plan.namespaces += 1;
    for await (const repository of source.listRepositories(namespace, signal)) {
      signal.throwIfAborted();
      plan.repositories += 1;
      for await (const { tag, size } of source.listReferences(namespace, repository, signal)) {
        if (tag === undefined) plan.untagged += 1;
        else plan.tags += 1;
        if (size !== undefined) plan.bytes = (plan.bytes ?? 0) + size;
      }
    }
  }
  for (const group of contents.chartGroups) {
    const plan = ensurePlan(tenants, group.tenant);
    plan.chartGroups += 1;
    if (group.settings.importedInfo !== undefined) continue;
    for await (const _chart of source.listCharts(group, signal)) plan.charts += 1;
  }
  return { source: source.name, tenants: [...tenants.values()], notes: contents.notes };
}

function ensurePlan(tenants: Map<string, TenantPlan>, tenant: string): TenantPlan {
  const known = tenants.get(tenant);
  if (known !== undefined) return known;
  const plan = {
    tenant: tenant === SHARED ? 'library' : tenant,
    namespaces: 0,
    repositories: 0,
    tags: 0,
    untagged: 0,
    bytes: undefined,
    chartGroups: 0,
    charts: 0,
  };
  tenants.set(tenant, plan);
  return plan;
}
