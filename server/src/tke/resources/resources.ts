import type { ResourceDefinition } from '../../kube/index.ts';
import { chartResource } from './chart.resource.ts';
import { chartGroupResource } from './chart-group.resource.ts';
import { configMapResource } from './config-map.resource.ts';
import { memberResource } from './member.resource.ts';
import { namespaceResource } from './namespace.resource.ts';
import type { ResourcePorts } from './ports.ts';
import { repositoryResource } from './repository.resource.ts';

/** All kinds of `registry.tkestack.io/v1`. */
export function createTkeResources(ports: ResourcePorts): readonly ResourceDefinition[] {
  return [
    namespaceResource(ports),
    repositoryResource(ports),
    chartGroupResource(ports),
    chartResource(ports),
    memberResource(ports),
    configMapResource(),
  ];
}
