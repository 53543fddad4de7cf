import { actions } from '../../access/index.ts';
import type { ListPage } from '../../http/index.ts';
import type { KubeCaller } from '../../kube/index.ts';
import type { Gatekeeper } from '../rights/gatekeeper.ts';

export interface CatalogPage {
  readonly items: readonly string[];
  /** Where the next page starts; undefined on the last one. */
  readonly next: string | undefined;
}

export interface CatalogPorts {
  /** All repositories of a tenant as people name them, those of `library` with it, in any order. */
  listRepositories(tenant: string): readonly string[] | Promise<readonly string[]>;
  readonly gatekeeper: Pick<Gatekeeper, 'imageActions'>;
}

/** The page of a tenant's repositories that the caller may pull from, in the order of bytes. */
export async function listCatalog(
  ports: CatalogPorts,
  caller: KubeCaller,
  tenant: string,
  { last, limit }: ListPage,
): Promise<CatalogPage> {
  const names = [...(await ports.listRepositories(tenant))].filter((name) => name > last);
  names.sort((one, other) => (one < other ? -1 : 1));
  const items: string[] = [];
  if (limit === 0) return { items, next: undefined };
  for (const name of names) {
    const allowed = await ports.gatekeeper.imageActions(caller, tenant, name);
    if ((allowed & actions.pull) === 0) continue;
    if (items.length === limit) return { items, next: items.at(-1) };
    items.push(name);
  }
  return { items, next: undefined };
}
