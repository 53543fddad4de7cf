import type { FastifyInstance } from 'fastify';
import type { KubeApi } from './kube-api.ts';

const PATHS = ['/api', '/apis', '/apis/*', '/version', '/openapi/v2', '/openapi/v3'];

/** Serves the Kubernetes-style API, which reads bodies and writes streams itself. */
export function registerKubeApi(app: FastifyInstance, api: KubeApi): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, parsed) => parsed(null));
    for (const url of [...PATHS, '/openapi/v3/*']) {
      scope.all(url, { bodyLimit: api.bodyLimit }, (request, reply) => {
        reply.hijack();
        api.handle(request.raw, reply.raw, request.id);
      });
    }
    // Before the server waits for its connections.
    scope.addHook('preClose', (stopped) => {
      api.stop();
      stopped();
    });
    done();
  });
}
