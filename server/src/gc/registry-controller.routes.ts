import { z } from 'zod';
import { type ApiRoute, anyone, defineRoute, ok, system, timestamp } from '../api/index.ts';

export interface RegistryControllerPorts {
  /** Starts a collection of everything; gives the id of its execution. */
  collect(): Promise<number>;
}

/** Harbor's `GCResult`. */
const gcResult = z.object({
  status: z.boolean(),
  msg: z.string(),
  starttime: timestamp,
  endtime: timestamp,
});

/** The API of Harbor's registry controller, for those who script it. */
export function registryControllerRoutes({ collect }: RegistryControllerPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/registry/gc',
      operationId: 'startRegistryGC',
      tag: 'registry controller',
      summary: 'Collect garbage; answers when the collection has been started, not when it is over',
      can: system('garbage-collection', 'create'),
      responses: { 200: gcResult },
      // Harbor's registry controller does not know of that mode.
      worksReadOnly: true,
      audit: {
        operation: 'create',
        resourceType: 'garbage_collection',
        resource: () => 'registry controller',
      },
      async handle() {
        const starttime = new Date().toISOString();
        const id = await collect();
        const msg = `garbage collection ${id} was started: /api/v2.0/system/gc/${id} tells of it`;
        return ok({ status: true, msg, starttime, endtime: new Date().toISOString() });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/health',
      operationId: 'getRegistryControllerHealth',
      tag: 'registry controller',
      summary: 'Whether the registry controller lives',
      can: anyone,
      responses: { 200: z.literal('healthy') },
      handle: () => ok('healthy' as const),
    }),
  ];
}
