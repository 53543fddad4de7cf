import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { anonymous, type Principal } from '../access/index.ts';
import { type AddressOf, acceptForms, formOf } from '../http/index.ts';
import { AppError } from '../lib/index.ts';
import type { Authenticator } from './authenticator.ts';
import { parseBasic } from './basic.ts';
import type { TokenService } from './token.service.ts';

export interface TokenRoutesPorts {
  readonly tokens: TokenService;
  readonly authenticator: Authenticator;
  readonly addressOf: AddressOf;
  readonly service: string;
  readonly certificates: () => string[];
}

/**
 * `GET /service/token` and its OAuth2 form `POST /service/token`: open to all, since they are
 * where credentials are shown.
 */
export function registerTokenRoutes(app: FastifyInstance, ports: TokenRoutesPorts): void {
  void app.register((scope, _options, done) => {
    acceptForms(scope);

    scope.get('/service/token', async (request, reply) => {
      const query = new URLSearchParams(request.raw.url?.split('?')[1] ?? '');
      checkService(query, ports.service);
      const principal = await basicPrincipal(request, ports);
      const scopes = query.getAll('scope');
      if (principal.kind === 'anonymous' && scopes.length === 0) {
        throw unauthenticated(reply, 'log in, or ask for the scope of a public repository');
      }
      return present(reply, await ports.tokens.issue(principal, scopes));
    });

    scope.post('/service/token', async (request, reply) => {
      const form = formOf(request);
      checkService(form, ports.service);
      const principal = await formPrincipal(form, request, ports);
      return present(reply, await ports.tokens.issue(principal, form.getAll('scope')));
    });

    registerTokenCertificates(scope, ports.certificates);
    done();
  });
}

/** `GET /service/token/certificates`: what verifies our tokens, as PEM. */
export function registerTokenCertificates(
  app: FastifyInstance,
  certificates: () => string[],
): void {
  app.get('/service/token/certificates', (_request, reply) =>
    reply.type('application/x-pem-file').send(certificates().join('')),
  );
}

const WRONG_CREDENTIALS = 'the user name or the password is wrong';

function checkService(parameters: URLSearchParams, service: string): void {
  const asked = parameters.get('service');
  if (asked !== null && asked !== service) {
    throw new AppError('invalid', `service must be ${service}`);
  }
}

async function basicPrincipal(
  request: FastifyRequest,
  ports: TokenRoutesPorts,
): Promise<Principal> {
  const header = request.headers.authorization;
  if (header === undefined) return anonymous;
  const credentials = parseBasic(header);
  const principal =
    credentials &&
    (await ports.authenticator.authenticate({
      ...credentials,
      address: ports.addressOf(request.raw),
    }));
  if (principal === undefined) throw new AppError('unauthenticated', WRONG_CREDENTIALS);
  return principal;
}

async function formPrincipal(
  form: URLSearchParams,
  request: FastifyRequest,
  ports: TokenRoutesPorts,
): Promise<Principal> {
  const grantType = form.get('grant_type');
  if (grantType === null) return basicPrincipal(request, ports);
  if (grantType !== 'password') {
    throw new AppError('invalid', 'grant_type must be password; refresh tokens are not issued');
  }
  const principal = await ports.authenticator.authenticate({
    username: form.get('username') ?? '',
    password: form.get('password') ?? '',
    address: ports.addressOf(request.raw),
  });
  if (principal === undefined) throw new AppError('unauthenticated', WRONG_CREDENTIALS);
  return principal;
}

function unauthenticated(reply: FastifyReply, message: string): AppError {
  void reply.header('www-authenticate', 'Basic realm="berth"');
  return new AppError('unauthenticated', message);
}

function present(reply: FastifyReply, issued: { token: string }): FastifyReply {
  // `token` is Docker's field, `access_token` OAuth2's; clients read either.
  return reply
    .header('cache-control', 'no-store')
    .send({ ...issued, access_token: issued.token, token_type: 'Bearer' });
}
