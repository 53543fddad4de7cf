import type { FastifyInstance } from 'fastify';
import type { KubeApi } from './kube-api.ts';

const PATHS = ['/api', '/api/v1', '/apis', '/apis/*', '/version', '/openapi/v2', '/openapi/v3'];

function unreached(): never {
  throw new Error('the hook answers');
}

/** Serves the Kubernetes-style API, which reads bodies and writes streams itself. */
export function registerKubeApi(app: FastifyInstance, api: KubeApi): void {
  void app.register((scope, _options, done) => {
    // Before anything looks at the body: what is wrong with that is told in Kubernetes' words too.
    scope.addHook('onRequest', (request, reply) => {
      reply.hijack();
      api.handle(request.raw, reply.raw, request.id);
      return Promise.resolve(reply);
    });
    for (const url of [...PATHS, '/openapi/v3/*']) scope.all(url, unreached);
    // Before the server waits for its connections.
    scope.addHook('preClose', (stopped) => {
      api.stop();
      stopped();
    });
    done();
  });
}
