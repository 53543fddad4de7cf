/**
 * Who may call each operation of the REST API, as letters of caller.ts. Written from Harbor's role
 * matrix and its catalogue of robot permissions, not from our own declarations; where we mean to
 * differ, it is said.
 */
export type Row = readonly [operationId: string, allowed: string];

export const everybody = 'aolgdmpsrR';
export const loggedIn = 'olgdmpsrR';
const adminOnly = 's';
const adminAndSystemRobot = 'sR';

/** A right in the project of the path. In a foreign project only an administrator has any. */
export const projectRows: readonly Row[] = [
  ['getProject', 'lgdmpsrR'],
  ['getProjectSummary', 'lgdmpsrR'],
  ['updateProject', 'psrR'],
  ['deleteProject', 'psrR'],
  ['getProjectDeletable', 'psrR'],
  // No role has metadata:list.
  ['listProjectMetadatas', 'srR'],
  ['addProjectMetadatas', 'psrR'],
  ['getProjectMetadata', 'mpsrR'],
  ['updateProjectMetadata', 'psrR'],
  ['deleteProjectMetadata', 'psrR'],
  // Members are not in the robots' catalogue.
  ['listProjectMembers', 'gdmps'],
  ['getProjectMember', 'gdmps'],
  ['createProjectMember', 'ps'],
  ['updateProjectMember', 'ps'],
  ['deleteProjectMember', 'ps'],
  ['getScannerOfProject', 'lgdmpsrR'],
  ['setScannerOfProject', 'psrR'],
  ['listScannerCandidatesOfProject', 'psrR'],
  ['getLogs', 'psrR'],
  ['getLogExts', 'psrR'],
  // By query or body.
  ['ListRobot', 'gdmpsrR'],
  ['CreateRobot', 'psrR'],
];

const projectReaders = 'lgdmpsrR';
const pushers = 'dmpsrR';
const maintainers = 'mpsrR';

/** Repositories and what hangs on them, rules and webhooks: the same, about objects that are there. */
export const contentRows: readonly Row[] = [
  ['listRepositories', projectReaders],
  ['getRepository', projectReaders],
  ['updateRepository', pushers],
  ['deleteRepository', maintainers],
  ['listArtifacts', projectReaders],
  ['listArtifactsOfProject', projectReaders],
  ['getArtifact', projectReaders],
  ['getArtifactAnatomy', projectReaders],
  ['CopyArtifact', pushers],
  ['deleteArtifact', maintainers],
  ['listTags', projectReaders],
  ['createTag', pushers],
  ['deleteTag', maintainers],
  ['listAccessories', projectReaders],
  ['getVulnerabilitiesAddition', projectReaders],
  ['getAddition', projectReaders],
  ['addLabel', pushers],
  ['removeLabel', pushers],
  // Labels of chart versions are the artifacts' own.
  ['listChartLabels', pushers],
  ['addChartLabel', pushers],
  ['removeChartLabel', pushers],
  // Not in Harbor. Whoever may push can do by that what these do.
  ['listRepositoryTags', projectReaders],
  ['listTagHistory', projectReaders],
  ['restoreTag', pushers],
  ['listDeletedArtifacts', projectReaders],
  ['listDeletedArtifactsOfProject', projectReaders],
  ['restoreArtifact', pushers],

  ['ListImmuRules', maintainers],
  ['CreateImmuRule', maintainers],
  ['UpdateImmuRule', maintainers],
  ['DeleteImmuRule', maintainers],

  ['ListWebhookPoliciesOfProject', maintainers],
  ['CreateWebhookPolicyOfProject', 'psrR'],
  ['GetWebhookPolicyOfProject', maintainers],
  ['UpdateWebhookPolicyOfProject', 'psrR'],
  ['DeleteWebhookPolicyOfProject', 'psrR'],
  ['ListExecutionsOfWebhookPolicy', maintainers],
  ['ListTasksOfWebhookExecution', maintainers],
  ['GetLogsOfWebhookTask', maintainers],
  ['LastTrigger', maintainers],
  ['GetSupportedEventTypes', maintainers],
  ['ListWebhookJobs', maintainers],
  // Not in Harbor: it sends to where the policy says.
  ['replayWebhookExecution', 'psrR'],
];

/** A retention policy by its id: a right in its project. By body: where one is to be made. */
export const retentionRows: readonly Row[] = [
  ['createRetention', pushers],
  ['getRetention', pushers],
  ['updateRetention', pushers],
  ['deleteRetention', pushers],
  ['triggerRetentionExecution', pushers],
  ['listRetentionExecutions', pushers],
  ['operateRetentionExecution', pushers],
  ['listRetentionTasks', pushers],
  ['getRetentionTaskLog', pushers],
];

/** By query or body: labels of a project, and of the system. */
export const labelsRows: readonly (readonly [
  operationId: string,
  ofProject: string,
  ofSystem: string,
])[] = [
  ['ListLabels', 'gdmpsrR', everybody],
  ['CreateLabel', maintainers, adminAndSystemRobot],
];

/** A label by its id. To who may not read it, one of a project looks like a missing one. */
export const labelRows: typeof labelsRows = [
  ['GetLabelByID', 'gdmpsrR', adminAndSystemRobot],
  ['UpdateLabel', maintainers, adminAndSystemRobot],
  ['DeleteLabel', maintainers, adminAndSystemRobot],
];
export const labelReaders = 'gdmpsrR';

/** What Harbor lets every visitor of a public project do. */
export const visitorOperations: ReadonlySet<string> = new Set([
  'getProject',
  'getProjectSummary',
  'listRepositories',
  'listArtifacts',
  'getArtifact',
  'listTags',
  'listAccessories',
  'getVulnerabilitiesAddition',
  'getArtifactAnatomy',
  'listRepositoryTags',
  'getAddition',
]);

/** Open to visitors who are logged in. */
export const knownVisitorOperations: ReadonlySet<string> = new Set([
  'getScannerOfProject',
  'listArtifactsOfProject',
  'listTagHistory',
  'listDeletedArtifacts',
  'listDeletedArtifactsOfProject',
]);

/** A robot of a project, by its id. To who may not read it, it looks like a missing one. */
export const robotRows: readonly Row[] = [
  ['GetRobotByID', 'gdmpsrR'],
  // robot:update is not in the robots' catalogue.
  ['UpdateRobot', 'ps'],
  ['RefreshSec', 'ps'],
  ['DeleteRobot', 'psrR'],
];
export const robotReaders = 'gdmpsrR';

/** The same four for a robot of the system, and those two. */
export const systemRobotRows: readonly Row[] = [
  ['GetRobotByID', adminAndSystemRobot],
  ['UpdateRobot', adminOnly],
  ['RefreshSec', adminOnly],
  ['DeleteRobot', adminAndSystemRobot],
];
export const systemRobotReaders = adminAndSystemRobot;
export const systemRobotsRows: readonly Row[] = [
  ['ListRobot', adminAndSystemRobot],
  ['CreateRobot', adminAndSystemRobot],
];

/** The own account, and any other. */
export const accountRows: readonly (readonly [operationId: string, own: string, other: string])[] =
  [
    ['getUser', 'olgdmps', adminAndSystemRobot],
    ['updateUserProfile', 'olgdmps', adminAndSystemRobot],
    ['updateUserPassword', 'olgdmps', adminAndSystemRobot],
    ['setCliSecret', 'olgdmps', adminAndSystemRobot],
  ];

/** Neither of a project nor of an account. */
export const systemRows: readonly Row[] = [
  ['getPing', everybody],
  ['getApiVersion', everybody],
  ['getHealth', everybody],
  ['getSystemInfo', everybody],
  ['getCert', everybody],
  ['search', everybody],
  ['getIcon', everybody],
  ['getOpenApi', everybody],
  ['getApiPage', everybody],
  ['getApiPageFile', everybody],
  // Without topics it is refused, whoever asks; each topic has a right of its own.
  ['streamChanges', everybody],
  ['getVolumes', adminAndSystemRobot],
  ['getStatistic', loggedIn],
  // Not in Harbor. What the caller may see of each.
  ['getDashboard', loggedIn],

  ['login', everybody],
  ['logOut', everybody],
  ['userExists', everybody],
  ['startOidcLogin', everybody],
  ['finishOidcLogin', everybody],
  ['onboardOidcUser', everybody],
  ['logOutOidc', everybody],
  ['redirectFromAuthProxy', everybody],

  // Not in the robots' catalogue.
  ['getConfigurations', adminOnly],
  ['updateConfigurations', adminOnly],
  // Harbor's own services in Harbor; there are no such secrets here.
  ['getInternalconfig', adminOnly],
  ['pingOIDC', adminOnly],
  ['pingLdap', adminOnly],
  ['searchLdapUser', adminAndSystemRobot],
  ['searchLdapGroup', adminAndSystemRobot],
  ['importLdapUser', adminAndSystemRobot],
  ['getSystemCVEAllowlist', loggedIn],
  ['putSystemCVEAllowlist', adminOnly],

  // Robots have neither sessions nor tokens of their own, nor an account: 412.
  ['listCurrentUserSessions', loggedIn],
  ['deleteCurrentUserSessions', loggedIn],
  ['deleteCurrentUserSession', loggedIn],
  ['listCurrentUserTokens', loggedIn],
  ['createCurrentUserToken', loggedIn],
  ['deleteCurrentUserToken', loggedIn],
  ['getCurrentUserInfo', loggedIn],
  ['getCurrentUserPermissions', loggedIn],

  ['listUsers', adminAndSystemRobot],
  ['createUser', adminAndSystemRobot],
  ['searchUsers', loggedIn],
  ['deleteUser', adminAndSystemRobot],
  // Harbor lets a robot with user:update make administrators.
  ['setUserSysAdmin', adminOnly],
  ['listUserGroups', adminAndSystemRobot],
  ['createUserGroup', adminAndSystemRobot],
  ['searchUserGroups', loggedIn],
  ['getUserGroup', adminAndSystemRobot],
  ['updateUserGroup', adminAndSystemRobot],
  ['deleteUserGroup', adminAndSystemRobot],

  // Administrators, and who administers a project: robots neither.
  ['getPermissions', 'ps'],
  ['listProjects', everybody],
  ['listAllRepositories', everybody],
  ['headProject', loggedIn],
  // Robots of a project make none.
  ['createProject', 'olgdmpsR'],
  ['listQuotas', adminAndSystemRobot],
  ['getQuota', adminAndSystemRobot],
  ['updateQuota', adminAndSystemRobot],
  ['listAuditLogs', loggedIn],
  ['listAuditLogExts', loggedIn],
  ['listAuditLogEventTypes', adminAndSystemRobot],
];

/** Work that runs by itself, in the system. */
export const workRows: readonly Row[] = [
  ['getRentenitionMetadata', loggedIn],
  ['getGCHistory', adminAndSystemRobot],
  ['getGC', adminAndSystemRobot],
  ['stopGC', adminAndSystemRobot],
  ['getGCLog', adminAndSystemRobot],
  ['getGCSchedule', adminAndSystemRobot],
  ['createGCSchedule', adminAndSystemRobot],
  ['updateGCSchedule', adminAndSystemRobot],
  // Not in Harbor.
  ['getGCEstimate', adminAndSystemRobot],
  ['getPurgeHistory', adminAndSystemRobot],
  ['getPurgeJob', adminAndSystemRobot],
  ['stopPurge', adminAndSystemRobot],
  ['getPurgeJobLog', adminAndSystemRobot],
  ['getPurgeSchedule', adminAndSystemRobot],
  ['createPurgeSchedule', adminAndSystemRobot],
  ['updatePurgeSchedule', adminAndSystemRobot],
  ['getWorkerPools', adminAndSystemRobot],
  ['getWorkers', adminAndSystemRobot],
  ['stopRunningJob', adminAndSystemRobot],
  ['actionGetJobLog', adminAndSystemRobot],
  ['listJobQueues', adminAndSystemRobot],
  ['actionPendingJobs', adminAndSystemRobot],
  ['listSchedules', adminAndSystemRobot],
  ['getSchedulePaused', loggedIn],
  // Harbor's own services in Harbor; here those who may do the same by the other API.
  ['listLaunchedJobs', adminAndSystemRobot],
  ['getLaunchedJob', adminAndSystemRobot],
  ['stopLaunchedJob', adminAndSystemRobot],
  ['getLaunchedJobLog', adminAndSystemRobot],
  ['listLaunchedJobExecutions', adminAndSystemRobot],
  ['getJobServiceStats', adminAndSystemRobot],
  ['startRegistryGC', adminAndSystemRobot],
  ['getRegistryControllerHealth', everybody],
  // Any job: in no catalogue of robots.
  ['launchJob', adminOnly],
  ['syncQuota', adminOnly],
];
