import { randomBytes } from 'node:crypto';
import type { ProjectPolicy, UserPrincipal } from '../../access/index.ts';
import type { AuditEntry } from '../../api/index.ts';
import type { Database } from '../../db/index.ts';
import {
  createAuthenticator,
  createDatabaseSource,
  createExternalAccountRepository,
  createIdentityService,
  createPrincipals,
  createSigningKeyRepository,
  createSigningKeys,
  createUserRepository,
  type IdentityService,
  type PersonalTokenDirectory,
  parseBasic,
} from '../../identity/index.ts';
import { createInformer, createKubeObjects, type ResourceDefinition } from '../../kube/index.ts';
import { AppError } from '../../lib/index.ts';
import { createSecretBox, type SecretBox } from '../../secrets/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { tenantOf } from '../config/tenant.ts';
import { createNames } from '../names.ts';
import { API_VERSION, keys, type Member, type Namespace } from '../resources/types.ts';
import { registerApiKeyRoutes } from './api-keys.routes.ts';
import { createApiKeys, type KeyTokens } from './api-keys.service.ts';
import { createBasicLogin } from './basic-login.ts';
import { createTkeCallers, type TkeCallersPorts } from './callers.ts';
import { createImageDecisions } from './image-decisions.ts';
import { createKubeDoor } from './kube-door.ts';
import { scopedRepository } from './scopes.ts';
import { createGatekeeper } from './tenant-gatekeeper.ts';
import { registerTkeTokenRoutes } from './token.routes.ts';
import { createTkeTokenService } from './token.service.ts';

export const PASSWORD = 'Correct-horse-1';
export const ADDRESS = '192.0.2.1';
const addressOf = () => ADDRESS;
const ISSUER = 'issuer';

interface PersonalTokens extends KeyTokens, PersonalTokenDirectory {
  verify(text: string, address: string): Promise<UserPrincipal | undefined>;
}

type App = Parameters<typeof registerTkeTokenRoutes>[0];

export interface TenantsPorts {
  readonly db: Database;
  readonly log: Log;
  readonly app: App;
  openTokens(identity: IdentityService, secrets: SecretBox): PersonalTokens;
}

export type Tenants = Awaited<ReturnType<typeof openTenants>>;

/** What the machinery asks of a kind when the server itself writes its objects. */
function definitionOf(kind: string, uniqueKey: (object: never) => string): ResourceDefinition {
  const definition = {
    group: 'registry.tkestack.io',
    version: 'v1',
    kind,
    resource: kind.toLowerCase(),
    namePrefix: 'x-',
    subresources: [],
    tenantOf: () => undefined,
    uniqueKey,
    finalizersOf: () => [],
  };
  // The rest of a definition is for requests of clients, and there are none here.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return definition as unknown as ResourceDefinition;
}

const memberKey = ({ spec }: Member) => keys.member(spec.tenantID, spec.username);
const namespaceKey = ({ spec }: Namespace) => keys.namespace(spec.tenantID, spec.name);

/** Tenants below `.example.com`, with their objects in the database, behind the real routes. */
export async function openTenants({ db, log, app, openTokens }: TenantsPorts) {
  const secrets = createSecretBox({ key: randomBytes(32) });
  const identity = createIdentityService(
    createUserRepository(db),
    createExternalAccountRepository(db),
  );
  const signing = createSigningKeys(createSigningKeyRepository(db), ISSUER, secrets);
  await signing.load();
  const personalTokens = openTokens(identity, secrets);
  const objects = createKubeObjects({
    db,
    log,
    definitions: () => [definitionOf('Member', memberKey), definitionOf('Namespace', namespaceKey)],
  });
  const parts = composeRights(db, {
    identity,
    signing,
    personalTokens,
    members: createInformer<Member>(objects, 'Member', memberKey),
    namespaces: createInformer<Namespace>(objects, 'Namespace', namespaceKey),
  });
  const audits: AuditEntry[] = [];
  registerRoutes(app, { ...parts, identity, personalTokens, audits });
  return { ...parts, identity, signing, personalTokens, objects, audits, ...makers(objects) };
}

function createCallers(
  db: Database,
  parts: Pick<TkeCallersPorts, 'configuration' | 'members' | 'names'> & {
    readonly projects: ReadonlyMap<number, ProjectPolicy>;
  },
) {
  return createTkeCallers({
    ...parts,
    projects: { findPolicyById: async (id) => parts.projects.get(id) },
    findGroupName: async (id) =>
      (await db.selectFrom('user_group').select('name').where('id', '=', id).executeTakeFirst())
        ?.name,
  });
}

function composeRights(
  db: Database,
  made: {
    readonly identity: IdentityService;
    readonly signing: ReturnType<typeof createSigningKeys>;
    readonly personalTokens: PersonalTokens;
    readonly members: ReturnType<typeof createInformer<Member>>;
    readonly namespaces: ReturnType<typeof createInformer<Namespace>>;
  },
) {
  const { identity, signing, personalTokens, members, namespaces } = made;
  const names = createNames();
  const robots = { peek: () => undefined, find: async () => undefined, getEpoch: async () => 0 };
  const principals = createPrincipals({ identity, robots, personalTokens });
  const projects = new Map<number, ProjectPolicy>();
  const configuration = {
    defaultTenant: 'default',
    domainSuffix: 'example.com',
    enableAnonymous: false,
    tokenSeconds: 1800,
    harbor: undefined,
  };
  const callers = createCallers(db, { configuration, members, names, projects });
  const brake = { check: async () => {}, failed: async () => {}, succeeded: async () => {} };
  const authenticator = createAuthenticator({
    identity,
    machines: [],
    people: [createDatabaseSource(identity)],
    brake,
  });
  const login = createBasicLogin({
    authenticator,
    verifyKey: (text, address) => personalTokens.verify(text, address),
  });
  const decisions = createImageDecisions({ namespaces, configuration });
  const tokens = createTkeTokenService({
    keys: signing,
    issuer: ISSUER,
    configuration,
    principals,
    scopedRepository: (tenant, name) => scopedRepository({ names, ...decisions }, tenant, name),
    decide: decisions.decide,
  });
  const common = { tokens, principals, login, callers };
  return {
    ...common,
    projects,
    authenticator,
    configuration,
    gatekeeper: createGatekeeper({ ...common, configuration, decisions }),
    openGatekeeper: createGatekeeper({
      ...common,
      configuration: { ...configuration, enableAnonymous: true },
      decisions: createImageDecisions({
        namespaces,
        configuration: { ...configuration, enableAnonymous: true },
      }),
    }),
  };
}

type Rights = ReturnType<typeof composeRights>;

function registerRoutes(
  app: App,
  parts: Rights & {
    readonly identity: IdentityService;
    readonly personalTokens: PersonalTokens;
    readonly audits: AuditEntry[];
  },
): void {
  const { callers, login, configuration, audits } = parts;
  registerTkeTokenRoutes(app, {
    ...parts,
    addressOf,
    tenantOf: (host) => tenantOf(host, configuration),
  });
  const authenticate = createKubeDoor({
    callers,
    addressOf,
    findTenant(host) {
      const tenant = tenantOf(host, configuration);
      return host?.startsWith(`${tenant}.`) === true ? tenant : undefined;
    },
    async resolve({ headers }) {
      const basic = parseBasic(headers.authorization);
      if (basic === undefined) return { principal: { kind: 'anonymous' } };
      const principal = await login.authenticate({ ...basic, address: ADDRESS });
      if (principal === undefined) throw new AppError('unauthenticated', 'wrong');
      return { principal };
    },
  });
  registerApiKeyRoutes(app, {
    keys: createApiKeys({ ...parts, tokens: parts.personalTokens }),
    authenticate,
    addressOf,
    isReadOnly: () => false,
    recordAudit: async (entry) => void audits.push(entry),
  });
}

function makers(objects: ReturnType<typeof createKubeObjects>) {
  return {
    createMember: (spec: Member['spec']) =>
      objects.create<Member>({ apiVersion: API_VERSION, kind: 'Member', metadata: {}, spec }),
    createNamespace: (spec: Pick<Namespace['spec'], 'name' | 'tenantID' | 'visibility'>) =>
      objects.create<Namespace>({
        apiVersion: API_VERSION,
        kind: 'Namespace',
        metadata: {},
        spec: { type: 'Project', ...spec },
        status: { phase: 'Available', repoCount: 0 },
      }),
  };
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** root (administrator); of t-1: ann, tia (its administrator); of t2: eve; def and gil of none. */
export async function fillTenants(t: Tenants): Promise<Readonly<Record<string, UserPrincipal>>> {
  const users: Record<string, UserPrincipal> = {};
  for (const username of ['root', 'ann', 'tia', 'eve', 'gil', 'def']) {
    const isAdmin = username === 'root';
    users[username] = await t.identity.createUser({ username, password: PASSWORD, isAdmin });
  }
  await t.createMember({ tenantID: 't-1', username: 'ann', role: 'member' });
  await t.createMember({ tenantID: 't-1', username: 'tia', role: 'admin' });
  await t.createMember({ tenantID: 't2', username: 'eve', role: 'member' });
  for (const tenantID of ['t-1', 't2', 'default']) {
    await t.createNamespace({ tenantID, name: 'pub', visibility: 'Public' });
    await t.createNamespace({ tenantID, name: 'priv', visibility: 'Private' });
  }
  return users;
}

export interface TokenAnswer {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
}

/** Asks for a token at a tenant's host. */
export function askToken(
  app: App,
  tenant: string,
  scopes: readonly string[],
  authorization?: string,
) {
  const query = new URLSearchParams(scopes.map((scope) => ['scope', scope]));
  query.set('service', 'tke');
  return app.inject({
    url: `/registry/auth?${query.toString()}`,
    headers: { host: `${tenant}.example.com`, ...(authorization && { authorization }) },
  });
}
