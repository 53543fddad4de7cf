import type { FastifyInstance } from 'fastify';
import type { Tke, TkeParts } from './compose-tke.ts';
import type { TkeServingParts } from './compose-tke-parts.ts';

/** What serves tenants. */
export interface Tenants extends Tke {
  /** @returns a function that resolves when no request is being served */
  register(app: FastifyInstance, parts: Omit<TkeServingParts, 'tke'>): () => Promise<void>;
}

/**
 * Undefined without a `tke-registry-config.yaml`. Only with one are the modules read: they take a
 * quarter of the time that a start takes.
 */
export async function composeTenants(parts: TkeParts): Promise<Tenants | undefined> {
  const { registryConfiguration: loaded } = parts;
  if (loaded === undefined) return undefined;
  const { composeTke } = await import('./compose-tke.ts');
  const { registerTke } = await import('./compose-tke-serving.ts');
  const tke = composeTke(parts, loaded);
  return { ...tke, register: (app, serving) => registerTke(app, { ...serving, tke }) };
}
