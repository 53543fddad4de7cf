import type { Operation } from './operation.ts';

export const identityOperations: readonly Operation[] = [
  // user
  ['GET', '/users', 'listUsers', [200], [401, 403]],
  ['POST', '/users', 'createUser', [201], [400, 401, 403, 409]],
  ['GET', '/users/current', 'getCurrentUserInfo', [200], [401, 412]],
  ['GET', '/users/search', 'searchUsers', [200], [401]],
  ['GET', '/users/{user_id}', 'getUser', [200], [401, 403, 404]],
  ['PUT', '/users/{user_id}', 'updateUserProfile', [200], [400, 401, 403, 404]],
  ['DELETE', '/users/{user_id}', 'deleteUser', [200], [401, 403, 404]],
  ['PUT', '/users/{user_id}/sysadmin', 'setUserSysAdmin', [200], [401, 403, 404]],
  ['PUT', '/users/{user_id}/password', 'updateUserPassword', [200], [400, 401, 403]],
  ['GET', '/users/current/permissions', 'getCurrentUserPermissions', [200], [401]],
  ['PUT', '/users/{user_id}/cli_secret', 'setCliSecret', [200], [400, 401, 403, 404, 412]],
  // usergroup
  ['GET', '/usergroups', 'listUserGroups', [200], [401, 403]],
  ['POST', '/usergroups', 'createUserGroup', [201], [400, 401, 403, 409]],
  ['GET', '/usergroups/search', 'searchUserGroups', [200], [401, 409]],
  ['GET', '/usergroups/{group_id}', 'getUserGroup', [200], [400, 401, 403, 404]],
  ['PUT', '/usergroups/{group_id}', 'updateUserGroup', [200], [400, 401, 403, 404]],
  ['DELETE', '/usergroups/{group_id}', 'deleteUserGroup', [200], [400, 401, 403]],
  // Ldap
  ['POST', '/ldap/ping', 'pingLdap', [200], [400, 401, 403]],
  ['GET', '/ldap/users/search', 'searchLdapUser', [200], [400, 401, 403]],
  ['POST', '/ldap/users/import', 'importLdapUser', [200], [400, 401, 403, 404]],
  ['GET', '/ldap/groups/search', 'searchLdapGroup', [200], [400, 401, 403]],
  // oidc
  ['POST', '/system/oidc/ping', 'pingOIDC', [200], [400, 401, 403]],
  // robot
  ['GET', '/robots', 'ListRobot', [200], [400, 404]],
  ['POST', '/robots', 'CreateRobot', [201], [400, 401, 403, 404]],
  ['GET', '/robots/{robot_id}', 'GetRobotByID', [200], [401, 403, 404]],
  ['PUT', '/robots/{robot_id}', 'UpdateRobot', [200], [400, 401, 403, 404, 409]],
  ['PATCH', '/robots/{robot_id}', 'RefreshSec', [200], [400, 401, 403, 404]],
  ['DELETE', '/robots/{robot_id}', 'DeleteRobot', [200], [400, 401, 403, 404]],
  // permissions
  ['GET', '/permissions', 'getPermissions', [200], [401, 403, 404]],
  // project
  ['GET', '/projects', 'listProjects', [200], [400, 401, 422]],
  ['HEAD', '/projects', 'headProject', [200], [400, 404]],
  ['POST', '/projects', 'createProject', [201], [400, 401, 409]],
  ['GET', '/projects/{project_name_or_id}', 'getProject', [200], [401, 403, 404]],
  ['PUT', '/projects/{project_name_or_id}', 'updateProject', [200], [400, 401, 403, 404]],
  ['DELETE', '/projects/{project_name_or_id}', 'deleteProject', [200], [400, 403, 404, 412]],
  [
    'GET',
    '/projects/{project_name_or_id}/_deletable',
    'getProjectDeletable',
    [200],
    [401, 403, 404],
  ],
  [
    'GET',
    '/projects/{project_name_or_id}/summary',
    'getProjectSummary',
    [200],
    [400, 401, 403, 404],
  ],
  [
    'GET',
    '/projects/{project_name_or_id}/artifacts',
    'listArtifactsOfProject',
    [200],
    [400, 401, 403, 404, 422],
  ],
  [
    'GET',
    '/projects/{project_name_or_id}/scanner',
    'getScannerOfProject',
    [200],
    [400, 401, 403, 404],
  ],
  [
    'PUT',
    '/projects/{project_name_or_id}/scanner',
    'setScannerOfProject',
    [200],
    [400, 401, 403, 404],
  ],
  [
    'GET',
    '/projects/{project_name_or_id}/scanner/candidates',
    'listScannerCandidatesOfProject',
    [200],
    [400, 401, 403],
  ],
  ['GET', '/projects/{project_name}/logs', 'getLogs', [200], [400, 401]],
  ['GET', '/projects/{project_name}/auditlog-exts', 'getLogExts', [200], [400, 401]],
  // projectMetadata
  [
    'GET',
    '/projects/{project_name_or_id}/metadatas/',
    'listProjectMetadatas',
    [200],
    [400, 401, 403, 404],
  ],
  [
    'POST',
    '/projects/{project_name_or_id}/metadatas/',
    'addProjectMetadatas',
    [200],
    [400, 401, 403, 404, 409],
  ],
  [
    'GET',
    '/projects/{project_name_or_id}/metadatas/{meta_name}',
    'getProjectMetadata',
    [200],
    [400, 401, 403, 404],
  ],
  [
    'PUT',
    '/projects/{project_name_or_id}/metadatas/{meta_name}',
    'updateProjectMetadata',
    [200],
    [400, 401, 403, 404, 409],
  ],
  [
    'DELETE',
    '/projects/{project_name_or_id}/metadatas/{meta_name}',
    'deleteProjectMetadata',
    [200],
    [400, 401, 403, 404, 409],
  ],
  // member
  [
    'GET',
    '/projects/{project_name_or_id}/members',
    'listProjectMembers',
    [200],
    [400, 401, 403, 404],
  ],
  [
    'POST',
    '/projects/{project_name_or_id}/members',
    'createProjectMember',
    [201],
    [400, 401, 403, 409],
  ],
  [
    'GET',
    '/projects/{project_name_or_id}/members/{mid}',
    'getProjectMember',
    [200],
    [400, 401, 403, 404],
  ],
  [
    'PUT',
    '/projects/{project_name_or_id}/members/{mid}',
    'updateProjectMember',
    [200],
    [400, 401, 403, 404],
  ],
  [
    'DELETE',
    '/projects/{project_name_or_id}/members/{mid}',
    'deleteProjectMember',
    [200],
    [400, 401, 403, 404],
  ],
  // quota
  ['GET', '/quotas', 'listQuotas', [200], [401, 403]],
  ['GET', '/quotas/{id}', 'getQuota', [200], [401, 403, 404]],
  ['PUT', '/quotas/{id}', 'updateQuota', [200], [400, 401, 403, 404]],
  // configure
  ['GET', '/internalconfig', 'getInternalconfig', [200], [401, 403]],
  ['GET', '/configurations', 'getConfigurations', [200], [401, 403]],
  ['PUT', '/configurations', 'updateConfigurations', [200], [400, 401, 403, 422]],
  // SystemCVEAllowlist
  ['GET', '/system/CVEAllowlist', 'getSystemCVEAllowlist', [200], [401]],
  ['PUT', '/system/CVEAllowlist', 'putSystemCVEAllowlist', [200], [401, 403]],
  // systeminfo
  ['GET', '/systeminfo', 'getSystemInfo', [200], []],
  ['GET', '/systeminfo/volumes', 'getVolumes', [200], [401, 403, 404]],
  ['GET', '/systeminfo/getcert', 'getCert', [200], [404]],
  // ping
  ['GET', '/ping', 'getPing', [200], []],
  // health
  ['GET', '/health', 'getHealth', [200], []],
  // search
  ['GET', '/search', 'search', [200], []],
  // statistic
  ['GET', '/statistics', 'getStatistic', [200], [401]],
  // icon
  ['GET', '/icons/{digest}', 'getIcon', [200], [400, 404]],
  // auditlog
  ['GET', '/audit-logs', 'listAuditLogs', [200], [400, 401]],
  ['GET', '/auditlog-exts', 'listAuditLogExts', [200], [400, 401]],
  ['GET', '/auditlog-exts/events', 'listAuditLogEventTypes', [200], [401, 403]],
];
