/** One thing that may be done to one kind of object. */
export interface Permission {
  readonly resource: string;
  readonly action: string;
}

type Rows = Readonly<Record<string, string>>;

function expand(rows: Rows): readonly Permission[] {
  return Object.entries(rows).flatMap(([resource, actions]) =>
    actions.split(' ').map((action) => ({ resource, action })),
  );
}

/** What a robot may be given in the system (Harbor's catalogue). */
export const systemCatalogue: readonly Permission[] = expand({
  'audit-log': 'list',
  'preheat-instance': 'read create delete list update',
  project: 'list create',
  'replication-policy': 'read create delete list update',
  replication: 'read create list',
  'replication-adapter': 'list',
  registry: 'read create delete list update',
  'scan-all': 'read update stop create',
  'system-volumes': 'read',
  'garbage-collection': 'read create list update stop',
  'purge-audit': 'read create list update stop',
  'jobservice-monitor': 'list stop',
  scanner: 'read create delete list update',
  label: 'read create delete update',
  'security-hub': 'read list',
  catalog: 'read',
  quota: 'read list update',
  robot: 'create read list delete',
  user: 'create read update list delete',
  'ldap-user': 'create list',
  'user-group': 'create read update list delete',
});

/** What a robot may be given in a project (Harbor's catalogue). */
export const projectCatalogue: readonly Permission[] = expand({
  log: 'list',
  project: 'read delete update',
  metadata: 'read create delete list update',
  repository: 'read update delete list pull push',
  artifact: 'read create list delete',
  scan: 'create read stop',
  sbom: 'create stop read',
  tag: 'create list delete',
  accessory: 'list',
  'artifact-addition': 'read',
  'artifact-label': 'create delete',
  scanner: 'create read',
  'preheat-policy': 'read create delete list update',
  'immutable-tag': 'create delete list update',
  'notification-policy': 'read create delete list update',
  'tag-retention': 'read create delete list update',
  label: 'read create delete list update',
  quota: 'read',
  robot: 'create read list delete',
});

/** What Harbor up to 2.7 had beside that, for charts: robots of then keep it, nobody is offered it. */
export const formerProjectCatalogue: readonly Permission[] = expand({
  'helm-chart': 'read create delete list',
  'helm-chart-version': 'read create delete list',
  'helm-chart-version-label': 'create delete list',
});

/** What `GET /users/current/permissions?scope=/system` looks at. */
export const systemPermissions: readonly Permission[] = expand({
  catalog: 'read',
  'audit-log': 'list',
  project: 'create read update delete list',
  user: 'create read update delete list',
  'user-group': 'create read update delete list',
  registry: 'create read update delete list',
  replication: 'create read update list delete',
  distribution: 'create read update delete list',
  'garbage-collection': 'create read update delete list',
  'scan-all': 'create read update delete list stop',
  'system-volumes': 'read',
  'ldap-user': 'create list',
  configuration: 'read update',
  'jobservice-monitor': 'read list stop',
  'security-hub': 'read list',
});
