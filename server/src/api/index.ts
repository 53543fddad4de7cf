export {
  type ApiPorts,
  type AuditEntry,
  type CallerRequest,
  registerApi,
} from './api.routes.ts';
export { projectNotFound, refusalFor } from './authorize.ts';
export { type OpenApiDocument, presentOpenApi } from './openapi.ts';
export { findOpenApiFaults } from './openapi-faults.ts';
export { API_BASE } from './path.ts';
export {
  type Condition,
  compileFilter,
  decimal,
  defineFields,
  type Fields,
  findCondition,
  flag,
  integer,
  parseQ,
  parseScalar,
  parseSort,
  text,
  time,
} from './query/index.ts';
export { type ApiReply, accepted, created, listed, ok, raw, redirect } from './reply.ts';
export {
  anyone,
  authenticated,
  decided,
  project,
  type Requirement,
  system,
} from './requirement.ts';
export {
  type ApiRoute,
  type Call,
  type Caller,
  type CallerSession,
  defineRoute,
  type ErrorFormat,
} from './route.ts';
export {
  flagParam,
  idParam,
  line,
  listQuery,
  pageQuery,
  pageRange,
  projectNameParams,
  projectParams,
  prose,
  repositoryParam,
  timestamp,
  wholeParam,
} from './schemas.ts';
