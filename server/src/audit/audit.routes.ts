import { z } from 'zod';
import {
  type ApiRoute,
  authenticated,
  defineRoute,
  listed,
  listQuery,
  ok,
  pageRange,
  project,
  projectNameParams,
  system,
} from '../api/index.ts';
import { auditEventTypes } from './audit.events.ts';
import { presentAuditLog, presentAuditLogExt } from './audit.presenter.ts';
import type { AuditLog } from './audit.repository.ts';
import { auditEvent, auditLog, auditLogExt } from './audit.schema.ts';
import type { AuditService } from './audit.service.ts';

/** A list in one of Harbor's two shapes; ours is one table. */
interface Shape {
  readonly present: (entry: AuditLog) => object;
  readonly item: z.ZodType;
}

const legacy: Shape = { present: presentAuditLog, item: auditLog };
const extended: Shape = { present: presentAuditLogExt, item: auditLogExt };

/** Harbor's audit log: who did what, newest first. */
export function auditRoutes(audit: AuditService): ApiRoute[] {
  return [
    allEntries(audit, legacy, '/audit-logs', 'listAuditLogs'),
    allEntries(audit, extended, '/auditlog-exts', 'listAuditLogExts'),
    eventTypes(),
    projectEntries(audit, legacy, '/projects/{project_name}/logs', 'getLogs'),
    projectEntries(audit, extended, '/projects/{project_name}/auditlog-exts', 'getLogExts'),
  ];
}

function allEntries(
  audit: AuditService,
  { present, item }: Shape,
  path: string,
  operationId: string,
): ApiRoute {
  return defineRoute({
    method: 'GET',
    path,
    operationId,
    tag: 'auditlog',
    summary: 'Audit log of all projects whose log the caller may list',
    can: authenticated,
    query: listQuery,
    responses: { 200: z.array(item) },
    async handle({ principal, query }) {
      const { entries, total } = await audit.listEntries(principal, toQuery(query));
      return listed(entries.map(present), total);
    },
  });
}

function eventTypes(): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: '/auditlog-exts/events',
    operationId: 'listAuditLogEventTypes',
    tag: 'auditlog',
    summary: 'Event types of the audit log',
    can: system('audit-log', 'list'),
    responses: { 200: z.array(auditEvent) },
    handle: () => ok(auditEventTypes.map((type) => ({ event_type: type }))),
  });
}

function projectEntries(
  audit: AuditService,
  { present, item }: Shape,
  path: string,
  operationId: string,
): ApiRoute {
  return defineRoute({
    method: 'GET',
    path,
    operationId,
    tag: 'project',
    summary: 'Audit log of a project',
    can: project('log', 'list', { authenticated: true }),
    params: projectNameParams,
    query: listQuery,
    responses: { 200: z.array(item) },
    async handle({ project, query }) {
      const { entries, total } = await audit.listProjectEntries(project.id, toQuery(query));
      return listed(entries.map(present), total);
    },
  });
}

function toQuery(query: z.output<typeof listQuery>) {
  return { q: query.q, sort: query.sort, ...pageRange(query) };
}
