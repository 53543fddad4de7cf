import { sql } from 'kysely';
import { type Database, type Predicate, type Sort, wherePredicates } from '../db/index.ts';
import type { Metadata, Project } from './project.ts';
import { isVisible } from './visibility.repository.ts';
import type { Visibility } from './visibility.ts';

export interface ProjectFilter {
  readonly visibility: Visibility;
  /** Part of the name, any case. */
  readonly name?: string | undefined;
  readonly isPublic?: boolean | undefined;
  /** The whole name of the owner. */
  readonly owner?: string | undefined;
  /** On columns of `project`, and of its owner as `app_user`. */
  readonly predicates?: readonly Predicate[] | undefined;
  /** By name unless told; the last one must be unique. */
  readonly sorts?: readonly Sort[] | undefined;
}

/** The projects that the filter lets through, with their owners; nothing selected yet. */
export function selectMatching(db: Database, filter: ProjectFilter) {
  const { visibility, name, isPublic, owner, predicates = [] } = filter;
  const all: Predicate[] = [...predicates];
  if (isPublic !== undefined) {
    all.push({ column: 'project.is_public', type: 'flag', op: 'equals', value: isPublic });
  }
  if (name !== undefined) {
    all.push({ column: 'project.name', type: 'text', op: 'contains', value: name });
  }
  if (owner !== undefined) {
    all.push({ column: 'app_user.username', type: 'text', op: 'equals', value: owner });
  }
  const query = db
    .selectFrom('project')
    .innerJoin('app_user', 'app_user.id', 'project.owner_id')
    .where(isVisible(visibility));
  return wherePredicates(query, all);
}

/** Rows for `toProject`, of all projects. */
export function selectProjects(db: Database) {
  return db
    .selectFrom('project')
    .innerJoin('app_user', 'app_user.id', 'project.owner_id')
    .leftJoin('cve_allowlist', 'cve_allowlist.project_id', 'project.id')
    .select([
      'project.id',
      'project.name',
      'project.owner_id as ownerId',
      'app_user.username as ownerName',
      'project.is_public as isPublic',
      'project.created_at as createdAt',
      'project.updated_at as updatedAt',
      'project.access_epoch as accessEpoch',
      'cve_allowlist.id as allowlistId',
      'cve_allowlist.expires_at as allowlistExpiresAt',
      'cve_allowlist.items as allowlistItems',
      'cve_allowlist.created_at as allowlistCreatedAt',
      'cve_allowlist.updated_at as allowlistUpdatedAt',
      sql<Metadata>`(SELECT coalesce(jsonb_object_agg(m.name, m.value), '{}')
        FROM project_metadata m WHERE m.project_id = project.id)`.as('metadata'),
      // A repository without artifacts is the left-over of a push.
      sql<number>`(SELECT count(*) FROM repository r WHERE r.project_id = project.id
        AND EXISTS (SELECT FROM artifact a WHERE a.repository_id = r.id))`.as('repositoryCount'),
    ]);
}

type ProjectRow = Awaited<ReturnType<ReturnType<typeof selectProjects>['execute']>>[number];

export function toProject(row: ProjectRow): Project {
  const {
    allowlistId: id,
    allowlistExpiresAt: expiresAt,
    allowlistItems: items,
    allowlistCreatedAt: createdAt,
    allowlistUpdatedAt: updatedAt,
    ...project
  } = row;
  if (id === null || items === null || createdAt === null || updatedAt === null) {
    return { ...project, allowlist: undefined };
  }
  const allowlist = {
    id,
    projectId: project.id,
    expiresAt: expiresAt ?? undefined,
    items: items.map((item) => item.cve_id),
    createdAt,
    updatedAt,
  };
  return { ...project, allowlist };
}
