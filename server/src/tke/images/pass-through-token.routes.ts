import { OciError } from '@berth/oci';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptForms, formOf } from '../../http/index.ts';
import { AppError } from '../../lib/index.ts';
import type { PassThroughTokens } from './pass-through-tokens.ts';

export interface PassThroughTokenRoutesPorts {
  readonly tokens: PassThroughTokens;
  /** @throws AppError invalid for a header that is no host */
  tenantOf(host: string | undefined): string;
}

const PATHS = ['/service/token', '/registry/auth'] as const;

/**
 * Where clients of an existing Harbor log in to it through us. Nothing else below `/service/` of
 * that Harbor can be reached.
 */
export function registerPassThroughTokenRoutes(
  app: FastifyInstance,
  ports: PassThroughTokenRoutesPorts,
): void {
  void app.register((scope, _options, done) => {
    acceptForms(scope);
    for (const path of PATHS) {
      scope.get(path, (request, reply) => {
        const at = request.raw.url?.indexOf('?') ?? -1;
        const query = new URLSearchParams(at < 0 ? '' : request.raw.url?.slice(at + 1));
        return issue(request, reply, query, request.headers.authorization);
      });
      scope.post(path, (request, reply) => {
        const form = formOf(request);
        const authorization = authorizationOf(form) ?? request.headers.authorization;
        return issue(request, reply, form, authorization);
      });
    }
    done();
  });

  async function issue(
    request: FastifyRequest,
    reply: FastifyReply,
    parameters: URLSearchParams,
    authorization: string | undefined,
  ): Promise<FastifyReply> {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort(new Error('the client went away')));
    const scopes = parameters.getAll('scope');
    if (authorization === undefined && scopes.length === 0) {
      void reply.header('www-authenticate', 'Basic realm="registry"');
      throw new AppError('unauthenticated', 'log in, or ask for the scope of a public repository');
    }
    if (authorization !== undefined && !/^basic /i.test(authorization)) {
      throw new AppError('unauthenticated', 'log in with a user name and a password');
    }
    const tenant = ports.tenantOf(request.headers.host);
    try {
      const signal = gone.signal;
      const issued = await ports.tokens.issue({ tenant, authorization, scopes, signal });
      return await reply.header('cache-control', 'no-store').send(issued);
    } catch (error) {
      if (!(error instanceof OciError)) throw error;
      throw new AppError('unavailable', error.message, { cause: error });
    }
  }
}

/** OAuth2's form has the credentials inside. @throws AppError invalid */
function authorizationOf(form: URLSearchParams): string | undefined {
  const grantType = form.get('grant_type');
  if (grantType === null) return undefined;
  if (grantType !== 'password') {
    throw new AppError('invalid', 'grant_type must be password; refresh tokens are not issued');
  }
  const text = `${form.get('username') ?? ''}:${form.get('password') ?? ''}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}
