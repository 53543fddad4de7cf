import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, KubeObjects, ResourceDefinition } from '../../kube/index.ts';
import type { SecretBox } from '../../secrets/index.ts';
import { isChartGroup } from '../resources/chart-group.resource.ts';
import { isChart } from '../resources/chart-version.ts';
import { resealPassword } from '../resources/imported-password.ts';
import type { Chart, ChartGroup } from '../resources/types.ts';

export interface UpgradePorts {
  readonly objects: KubeObjects;
  readonly definitions: readonly ResourceDefinition[];
  readonly box: SecretBox;
}

/**
 * Rewrites objects of the first generation (type personal, project, system; visibility Private) in
 * the words of the second, without anybody losing access (reference §1.4), and seals passwords
 * with the present key. Done again, it changes nothing.
 */
export async function upgradeObjects(ports: UpgradePorts): Promise<void> {
  for (const definition of ports.definitions) {
    if (definition.kind === 'ConfigMap') continue;
    const groups = new Map<string, ChartGroup>();
    if (definition.kind === 'Chart') {
      for (const group of await ports.objects.list<ChartGroup>('ChartGroup')) {
        groups.set(group.metadata.name, group);
      }
    }
    for (const object of await ports.objects.list(definition.kind)) {
      await upgrade(object, definition, groups, ports);
    }
  }
}

async function upgrade(
  { kind, metadata }: KubeObject,
  definition: ResourceDefinition,
  groups: ReadonlyMap<string, ChartGroup>,
  { objects, box }: UpgradePorts,
): Promise<void> {
  const key = { namespace: metadata.namespace ?? '', name: metadata.name };
  await objects.change(kind, key, (current) => {
    const modern = definition.withDefaults(current);
    const next = isChartGroup(modern)
      ? resealPassword(modern, box)
      : withGroup(modern, groups.get(key.namespace));
    return isDeepStrictEqual(next, current) ? current : next;
  });
}

/** A chart is shown to those who see its group. */
function withGroup(object: KubeObject, group: ChartGroup | undefined): KubeObject {
  if (!isChart(object) || group === undefined) return object;
  const { visibility } = group.spec;
  const shown: Chart = { ...object, spec: { ...object.spec, visibility } };
  return shown;
}
