import type { FastifyInstance } from 'fastify';
import { Portal, type PortalOptions } from './portal.ts';

/**
 * Serves the portal where no route is. To be called before routes are added: what the first parts
 * of their paths are is what belongs to programs, and stays JSON.
 */
export function registerPortal(
  app: FastifyInstance,
  options: Pick<PortalOptions, 'built' | 'basePath'>,
): void {
  // The framework sees no route of /v2.
  const roots = new Set(['v2']);
  const portal = new Portal({ ...options, isApi: (path) => roots.has(rootOf(path)) });
  app.addHook('onRoute', ({ url }) => void roots.add(rootOf(url)));
  app.addHook('onRequest', (request, reply, done) => {
    const answer = request.is404 ? portal.find(request) : undefined;
    if (answer === undefined) return done();
    void reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
}

function rootOf(path: string): string {
  return path.split('/').find((part) => part !== '') ?? '';
}
