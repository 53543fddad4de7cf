import {
  createProjectAccess,
  createRepositoryAccess,
  type ProjectAccess,
  type ProjectDirectory,
} from './access/index.ts';
import type { AuditEntry } from './api/index.ts';
import type { Invalidation } from './artifacts/index.ts';
import type { Parts } from './compose-parts.ts';
import type { ConfigurationService } from './configuration/index.ts';
import { createEgress, type Egress } from './egress/index.ts';
import {
  type CredentialSource,
  createDatabaseSource,
  createPrincipals,
  createSigningKeyRepository,
  createSigningKeys,
  createTokenService,
  type IdentityService,
} from './identity/index.ts';
import { createLdapDirectory, type LdapDirectory } from './identity/ldap/index.ts';
import { checkTrust, createOidcClient, createWorkloadVerifier } from './identity/oidc/index.ts';
import { createLogin, type Login } from './login/index.ts';
import {
  createRobotAuthenticator,
  createRobotDirectory,
  createRobotRepository,
  createRobotsService,
  type RobotAuthenticator,
} from './robots/index.ts';

export interface IdentityParts extends Parts {
  readonly identity: IdentityService;
  readonly configuration: ConfigurationService;
  readonly projects: ProjectDirectory;
  readonly invalidation: Invalidation;
  recordAudit(entry: AuditEntry): Promise<void>;
  /** Life of a registry token. */
  readonly tokenSeconds: () => number;
}

/** Who callers are: people, robots, their tokens. */
export function composeIdentity(parts: IdentityParts) {
  const { config, db, secrets, identity, projects } = parts;
  const egress = createEgress();
  const access = createProjectAccess(projects);
  const robotParts = composeRobots(parts, egress, access);
  const ldap = createLdapDirectory();
  const login = composeLogin(parts, {
    egress,
    access,
    ldap,
    machines: [robotSource(robotParts.robotAuthenticator)],
  });
  const principals = createPrincipals({
    identity,
    robots: robotParts.robotDirectory,
    personalTokens: login.personalTokens,
  });
  const keys = createSigningKeys(createSigningKeyRepository(db), config.token.issuer, secrets);
  const repositoryAccess = createRepositoryAccess(projects);
  const tokens = createTokenService({
    keys,
    principals,
    access: repositoryAccess,
    settings: { ...config.token, seconds: parts.tokenSeconds },
  });
  return { ...robotParts, access, repositoryAccess, ldap, login, principals, keys, tokens };
}

function composeRobots(parts: IdentityParts, egress: Egress, access: ProjectAccess) {
  const { config, db, secrets, background, projects, invalidation } = parts;
  const robotPrefix = () => parts.configuration.get('robot_name_prefix');
  const robotRows = createRobotRepository(db);
  const robotDirectory = createRobotDirectory({ robots: robotRows, robotPrefix });
  const workloads = createWorkloadVerifier({
    fetch: egress.fetch('private-allowed'),
    audience: config.http.externalUrl ?? `http://localhost:${config.http.port}`,
  });
  return {
    robotPrefix,
    robotRows,
    robotDirectory,
    robots: createRobotsService({
      robots: robotRows,
      projects,
      access,
      secrets,
      checkTrust,
      robotPrefix,
      forget: (id) => background.run('robot change', () => invalidation.robot(id)),
    }),
    robotAuthenticator: createRobotAuthenticator({
      directory: robotDirectory,
      robots: robotRows,
      secrets,
      workloads,
      background,
      robotPrefix,
    }),
  };
}

interface LoginTools {
  readonly egress: Egress;
  readonly access: ProjectAccess;
  readonly ldap: LdapDirectory;
  readonly machines: readonly CredentialSource[];
}

function composeLogin(parts: IdentityParts, { egress, access, ldap, machines }: LoginTools): Login {
  const { config, db, log, secrets, background, identity, configuration, projects } = parts;
  return createLogin({
    db,
    identity,
    configuration,
    secrets,
    egress,
    ldap,
    background,
    log,
    machines,
    people: [createDatabaseSource(identity)],
    oidc: createOidcClient({
      fetchFor: (verify, ca) => egress.fetch('private-allowed', { verify, ...(ca && { ca }) }),
    }),
    projects: {
      async findVisibleId(user, name) {
        const project = await projects.findPolicy(name);
        const isVisible = project && (await access.can(user, project, 'project', 'read'));
        return isVisible === true ? project?.id : undefined;
      },
      findName: async (id) => (await projects.findPolicyById(id))?.name,
    },
    recordAudit: (entry) => parts.recordAudit(entry),
    externalUrl: config.http.externalUrl,
  });
}

/** Robots know each other by the beginning of their names; nobody else is asked about those. */
function robotSource(robots: RobotAuthenticator): CredentialSource {
  return {
    name: 'robots',
    async authenticate(credentials) {
      if (!robots.isRobotName(credentials.username)) return 'unknown';
      return (await robots.authenticate(credentials)) ?? 'wrong';
    },
  };
}
