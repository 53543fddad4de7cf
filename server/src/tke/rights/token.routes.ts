import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { anonymous, type Principal } from '../../access/index.ts';
import { type AddressOf, acceptForms, formOf } from '../../http/index.ts';
import { parseBasic } from '../../identity/index.ts';
import { AppError } from '../../lib/index.ts';
import type { BasicLogin } from './basic-login.ts';
import { anonymousCaller, type TkeCallers } from './callers.ts';
import { TKE_SERVICE, type TkeTokens } from './token.service.ts';

export interface TkeTokenRoutesPorts {
  readonly tokens: Pick<TkeTokens, 'issue'>;
  readonly login: BasicLogin;
  readonly callers: Pick<TkeCallers, 'callerOf' | 'visitorOf'>;
  readonly addressOf: AddressOf;
  /** By the Host header. @throws AppError invalid for one that is no host */
  tenantOf(host: string | undefined): string;
  /** Names that clients may know the service by, beside `tke` and Harbor's. */
  readonly services?: readonly string[];
}

const PATHS = ['/service/token', '/registry/auth'];
const WRONG_CREDENTIALS = 'the user name or the password is wrong';

/**
 * Where clients get tokens for the images of a tenant, by distribution's and by Harbor's path
 * (reference §2.4). Wrong credentials are always 401, as Harbor and Docker do it; the former
 * registry went on as if there were none when scopes were asked for, and so hid the mistake.
 */
export function registerTkeTokenRoutes(app: FastifyInstance, ports: TkeTokenRoutesPorts): void {
  const services = new Set([TKE_SERVICE, 'harbor-registry', ...(ports.services ?? [])]);
  void app.register((scope, _options, done) => {
    acceptForms(scope);
    for (const path of PATHS) {
      scope.get(path, (request, reply) => {
        const query = new URLSearchParams(request.raw.url?.split('?')[1] ?? '');
        return answer(ports, services, { request, reply, parameters: query });
      });
      scope.post(path, (request, reply) => {
        const parameters = formOf(request);
        return answer(ports, services, { request, reply, parameters });
      });
    }
    done();
  });
}

interface Asked {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly parameters: URLSearchParams;
}

async function answer(
  ports: TkeTokenRoutesPorts,
  services: ReadonlySet<string>,
  { request, reply, parameters }: Asked,
): Promise<FastifyReply> {
  void reply.header('cache-control', 'no-store');
  const tenant = ports.tenantOf(request.headers.host);
  const service = parameters.get('service');
  if (service !== null && !services.has(service)) {
    throw new AppError('invalid', `service must be ${TKE_SERVICE}`);
  }
  const principal = await openPrincipal(ports, request, parameters);
  if (principal === undefined) throw refusal(reply, WRONG_CREDENTIALS);
  const scopes = parameters.getAll('scope').filter((scope) => scope.trim() !== '');
  if (scopes.length === 0) await checkLogin(ports, reply, principal, tenant);
  const caller =
    principal.kind === 'anonymous'
      ? anonymousCaller
      : await ports.callers.visitorOf(principal, tenant);
  const issued = await ports.tokens.issue(caller, tenant, scopes);
  // `token` is Docker's field, `access_token` OAuth2's; clients read either.
  return reply.send({ ...issued, access_token: issued.token, token_type: 'Bearer' });
}

/** `docker login`: only those whom the tenant knows. */
async function checkLogin(
  { callers }: TkeTokenRoutesPorts,
  reply: FastifyReply,
  principal: Principal,
  tenant: string,
): Promise<void> {
  if (principal.kind === 'anonymous') {
    throw refusal(reply, 'log in, or ask for the scope of a public repository');
  }
  if ((await callers.callerOf(principal, tenant)) === undefined) {
    throw refusal(reply, WRONG_CREDENTIALS);
  }
}

/** Undefined when the credentials are wrong. */
async function openPrincipal(
  { login, addressOf }: TkeTokenRoutesPorts,
  request: FastifyRequest,
  parameters: URLSearchParams,
): Promise<Principal | undefined> {
  const address = addressOf(request.raw);
  const grantType = request.method === 'POST' ? parameters.get('grant_type') : null;
  if (grantType !== null) {
    if (grantType !== 'password') {
      throw new AppError('invalid', 'grant_type must be password; refresh tokens are not issued');
    }
    const username = parameters.get('username') ?? '';
    return login.authenticate({ username, password: parameters.get('password') ?? '', address });
  }
  const header = request.headers.authorization;
  if (header === undefined) return anonymous;
  const credentials = parseBasic(header);
  return credentials && login.authenticate({ ...credentials, address });
}

function refusal(reply: FastifyReply, message: string): AppError {
  void reply.header('www-authenticate', 'Basic realm="tke"');
  return new AppError('unauthenticated', message);
}
