import type { IncomingMessage } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditEntry } from '../../api/index.ts';
import { type AddressOf, statusOf } from '../../http/index.ts';
import { type KubeCaller, presentStatus, StatusError } from '../../kube/index.ts';
import { AppError, readOnlyRefusal } from '../../lib/index.ts';
import {
  AUTH_API_VERSION,
  AUTH_GROUP,
  authApiGroup,
  authResources,
  maskedText,
  presentApiKey,
  versionOf,
} from './api-key.presenter.ts';
import {
  type ChangedKey,
  changedKey,
  type KeySelector,
  keyRequest,
  parseBody,
  parsePatch,
  parseSelectors,
  passwordRequest,
} from './api-key.schema.ts';
import { type ApiKey, apiKeyName } from './api-key.ts';
import type { ApiKeys, MadeApiKey } from './api-keys.service.ts';
import { unauthorized } from './kube-rights.ts';

export interface ApiKeyRoutesPorts {
  readonly keys: ApiKeys;
  /** As the Kubernetes-style API does it; none make an anonymous caller. @throws AppError */
  authenticate(request: IncomingMessage): Promise<KubeCaller>;
  readonly addressOf: AddressOf;
  isReadOnly(): boolean;
  /** Resolves when the entry is as safe as it gets; never rejects. */
  recordAudit(entry: AuditEntry): Promise<void>;
}

const BASE = `/apis/${AUTH_API_VERSION}/apikeys`;
const MAX_BODY = 64 * 1024;
const TYPES = [
  'application/json',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

/** `auth.tkestack.io/v1` apikeys, by Kubernetes' conventions (reference §5.2). */
export function registerApiKeyRoutes(app: FastifyInstance, ports: ApiKeyRoutesPorts): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(TYPES, { parseAs: 'string', bodyLimit: MAX_BODY }, parseJson);
    scope.setErrorHandler(refuse);
    scope.addHook('onRequest', (_request, reply, next) => {
      void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
      next();
    });
    scope.get(`/apis/${AUTH_GROUP}`, () => ({
      kind: 'APIGroup',
      apiVersion: 'v1',
      ...authApiGroup,
    }));
    scope.get(`/apis/${AUTH_API_VERSION}`, () => authResources);
    registerReads(scope, ports);
    registerCreates(scope, ports);
    registerChanges(scope, ports);
    done();
  });
}

function registerReads(scope: FastifyInstance, ports: ApiKeyRoutesPorts): void {
  scope.get(BASE, (request) => list(ports, request));
  scope.get<Named>(`${BASE}/:name`, async (request) =>
    presentApiKey(await ports.keys.get(await open(ports, request), request.params.name)),
  );
}

async function list(ports: ApiKeyRoutesPorts, request: FastifyRequest): Promise<object> {
  const caller = await open(ports, request);
  const query = new URLSearchParams(request.raw.url?.split('?')[1] ?? '');
  const selectors = parseSelectors(query.get('fieldSelector') ?? '');
  const tenant = selectors.find(({ field, isNegated }) => field === 'spec.tenantID' && !isNegated);
  const keys = await ports.keys.list(caller, tenant?.value);
  return {
    kind: 'APIKeyList',
    apiVersion: AUTH_API_VERSION,
    metadata: {},
    items: keys
      .filter((key) => selectors.every((selector) => fits(key, selector)))
      .map((key) => presentApiKey(key)),
  };
}

function registerCreates(scope: FastifyInstance, ports: ApiKeyRoutesPorts): void {
  scope.post(`${BASE}/default/token`, async (request, reply) => {
    checkWritable(ports);
    const caller = await open(ports, request);
    const { expire: seconds, description } = parseBody(keyRequest, request.body);
    const made = await ports.keys.create(caller, { seconds, description });
    return answerMade(ports, request, reply, made);
  });
  scope.post(`${BASE}/default/password`, async (request, reply) => {
    checkWritable(ports);
    const body = parseBody(passwordRequest, request.body);
    const { expire: seconds, description, tenantID: tenant, username, password } = body;
    const address = ports.addressOf(request.raw);
    const made = await ports.keys.createByPassword(
      { tenant, username, password, address },
      { seconds, description },
    );
    return answerMade(ports, request, reply, made);
  });
}

function registerChanges(scope: FastifyInstance, ports: ApiKeyRoutesPorts): void {
  scope.put<Named>(`${BASE}/:name`, (request) =>
    change(ports, request, parseBody(changedKey, request.body)),
  );
  scope.patch<Named>(`${BASE}/:name`, (request) =>
    change(ports, request, parsePatch(request.headers['content-type'] ?? '', request.body)),
  );
  scope.delete<Named>(`${BASE}/:name`, async (request) => {
    checkWritable(ports);
    const caller = await open(ports, request);
    const key = await ports.keys.delete(caller, request.params.name);
    await audit(ports, request, 'delete', key, caller.username);
    const { name, uid } = presentApiKey(key).metadata;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name, group: AUTH_GROUP, kind: 'apikeys', uid },
    };
  });
}

interface Named {
  Params: { name: string };
}

async function open(ports: ApiKeyRoutesPorts, request: FastifyRequest): Promise<KubeCaller> {
  const caller = await ports.authenticate(request.raw);
  if (caller.principal.kind === 'anonymous') throw unauthorized();
  return caller;
}

function checkWritable(ports: ApiKeyRoutesPorts): void {
  if (ports.isReadOnly()) throw readOnlyRefusal();
}

async function answerMade(
  ports: ApiKeyRoutesPorts,
  request: FastifyRequest,
  reply: FastifyReply,
  { key, text }: MadeApiKey,
): Promise<FastifyReply> {
  await audit(ports, request, 'create', key, key.username);
  return reply.code(201).send(presentApiKey(key, text));
}

async function change(
  ports: ApiKeyRoutesPorts,
  request: FastifyRequest<Named>,
  changed: ChangedKey,
): Promise<object> {
  checkWritable(ports);
  const caller = await open(ports, request);
  const { name } = request.params;
  const key = await ports.keys.get(caller, name);
  checkUnchanged(key, changed);
  const { disabled } = changed.status;
  if (disabled === undefined || disabled === key.isDisabled) return presentApiKey(key);
  const next = await ports.keys.setDisabled(caller, name, disabled);
  await audit(ports, request, 'update', next, caller.username);
  return presentApiKey(next);
}

/** @throws StatusError 409 for an older version, 422 for what cannot be changed */
function checkUnchanged(key: ApiKey, { metadata, spec }: ChangedKey): void {
  const name = apiKeyName(key.id);
  const subject = { name, group: AUTH_GROUP, kind: 'apikeys' };
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== versionOf(key)) {
    throw new StatusError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on apikeys.${AUTH_GROUP} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
      { details: subject },
    );
  }
  const known: ChangedKey['spec'] = {
    apiKey: maskedText(key.id),
    tenantID: key.tenant,
    username: key.username,
    description: key.description,
  };
  for (const field of ['apiKey', 'tenantID', 'username', 'description'] as const) {
    if (spec[field] === undefined || spec[field] === known[field]) continue;
    const message = `spec.${field}: Invalid value: cannot be changed`;
    throw new StatusError(422, 'Invalid', `APIKey.${AUTH_GROUP} "${name}" is invalid: ${message}`, {
      details: { ...subject, kind: 'APIKey' },
    });
  }
}

function fits(key: ApiKey, { field, value, isNegated }: KeySelector): boolean {
  const isSame = {
    'metadata.name': () => apiKeyName(key.id) === value,
    'spec.username': () => key.username === value,
    'spec.tenantID': () => key.tenant === value,
    // Also by the whole text, of which only the beginning is known.
    'spec.apiKey': () => value.startsWith(maskedText(key.id).slice(0, -1)),
  }[field]();
  return isSame !== isNegated;
}

function audit(
  ports: ApiKeyRoutesPorts,
  request: FastifyRequest,
  operation: string,
  key: ApiKey,
  username: string,
): Promise<void> {
  return ports.recordAudit({
    projectId: undefined,
    operation,
    resourceType: 'personal_token',
    resource: apiKeyName(key.id),
    username,
    succeeded: true,
    address: ports.addressOf(request.raw),
    requestId: request.id,
  });
}

function parseJson(
  _request: FastifyRequest,
  body: string | Buffer,
  parsed: (error: Error | null, value?: unknown) => void,
): void {
  if (body.length === 0) return parsed(null, undefined);
  try {
    parsed(null, JSON.parse(body.toString()));
  } catch (error) {
    parsed(new StatusError(400, 'BadRequest', 'the body is no JSON', { cause: error }));
  }
}

/** Failures that are nobody's refusal are for the handler of all routes. */
function refuse(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const status = toStatus(error);
  if (status === undefined) throw error;
  void reply.code(status.code).send(presentStatus(status));
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
};

function toStatus(error: Error & { readonly statusCode?: number }): StatusError | undefined {
  if (error instanceof StatusError) return error;
  if (error instanceof AppError) {
    // Which preconditions there are, is no conflict of versions: there are too many keys.
    const code = error.kind === 'precondition' ? 403 : statusOf(error.kind);
    return new StatusError(code, reasons[code] ?? 'Unknown', error.message, { cause: error });
  }
  const { statusCode } = error;
  if (statusCode === undefined || statusCode >= 500) return undefined;
  return new StatusError(statusCode, reasons[statusCode] ?? 'BadRequest', error.message);
}
