import { z } from 'zod';
import { usernameOf } from '../access/index.ts';
import { type ApiRoute, defineRoute, ok, system } from '../api/index.ts';
import {
  type Editability,
  presentConfiguration,
  presentInternal,
  type SystemSettings,
} from './configuration.presenter.ts';
import type { ConfigurationService } from './configuration.service.ts';
import { configurationShape, isConfigurationKey } from './configuration-items.ts';

export interface ConfigurationRoutesPorts {
  readonly configuration: ConfigurationService;
  /** Harbor's system-scope keys; no secrets. */
  systemSettings(): SystemSettings;
}

const presented = z.record(
  z.string(),
  z.object({ value: z.union([z.string(), z.number(), z.boolean()]), editable: z.boolean() }),
);

/** Any object: the service tells all that is wrong at once. The API page shows the known keys. */
const changes = z
  .record(z.string(), z.unknown())
  .meta({ properties: z.toJSONSchema(z.object(configurationShape), { io: 'input' }).properties });

/** Harbor's `/configurations` and `/internalconfig` (its §1.1), for administrators. */
export function configurationRoutes(ports: ConfigurationRoutesPorts): readonly ApiRoute[] {
  const { configuration } = ports;

  /** An administrator sees what is stored, whichever replica answers. */
  async function readAnew(): Promise<Editability> {
    await configuration.refresh();
    return configuration.getEditability();
  }

  return [
    defineRoute({
      method: 'GET',
      path: '/configurations',
      operationId: 'getConfigurations',
      tag: 'configure',
      summary: 'The configuration, without secrets',
      can: system('configuration', 'read'),
      responses: { 200: presented },
      async handle() {
        const editability = await readAnew();
        return ok(presentConfiguration(configuration.current(), editability));
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/configurations',
      operationId: 'updateConfigurations',
      tag: 'configure',
      summary: 'Changes some keys of the configuration',
      can: system('configuration', 'update'),
      body: changes,
      responses: { 200: null },
      worksReadOnly: true,
      audit: {
        operation: 'update',
        resourceType: 'configuration',
        // Names only: values may be secret (GHSA-prh4-vhfh-24mj).
        resource: ({ body }) => Object.keys(body).filter(isConfigurationKey).join(','),
      },
      async handle({ body, principal }) {
        await configuration.put(body, { by: usernameOf(principal) });
        return ok();
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/internalconfig',
      operationId: 'getInternalconfig',
      tag: 'configure',
      summary: 'The configuration and what is set from outside, without secrets',
      can: system('configuration', 'read'),
      responses: { 200: presented },
      async handle() {
        const editability = await readAnew();
        return ok(presentInternal(configuration.current(), ports.systemSettings(), editability));
      },
    }),
  ];
}
