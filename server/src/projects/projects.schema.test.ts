import { describe, expect, it } from 'vitest';
import { ROLE } from '../access/index.ts';
import { presentProject } from './project.presenter.ts';
import { projectListQuery, projectRequest } from './projects.schema.ts';

describe('a project as it is presented', () => {
  it('has the fields of Harbor', () => {
    const date = new Date('2026-11-21T01:02:03.004Z');
    expect(
      presentProject({
        id: 5,
        name: 'team',
        ownerId: 7,
        ownerName: 'ann',
        isPublic: false,
        createdAt: date,
        updatedAt: date,
        accessEpoch: 3,
        repositoryCount: 2,
        metadata: { severity: 'high', projectScanner: 'hidden' },
        allowlist: {
          id: 9,
          projectId: 5,
          expiresAt: 1_700_000_000,
          items: ['CVE-2026-1'],
          createdAt: date,
          updatedAt: date,
        },
        roles: [ROLE.maintainer, ROLE.guest],
      }),
    ).toEqual({
      project_id: 5,
      name: 'team',
      owner_id: 7,
      owner_name: 'ann',
      creation_time: '2026-11-21T01:02:03.004Z',
      update_time: '2026-11-21T01:02:03.004Z',
      deleted: false,
      repo_count: 2,
      metadata: { public: 'false', severity: 'high' },
      current_user_role_id: 4,
      current_user_role_ids: [4, 3],
      cve_allowlist: {
        id: 9,
        project_id: 5,
        expires_at: 1_700_000_000,
        items: [{ cve_id: 'CVE-2026-1' }],
        creation_time: '2026-11-21T01:02:03.004Z',
        update_time: '2026-11-21T01:02:03.004Z',
      },
    });
  });
});

describe('the request for a new project', () => {
  it.each([
    [{ project_name: 'team' }, true],
    [{ project_name: 'team', public: true }, true],
    [{ project_name: 'team', public: null }, true],
    [{ project_name: 'team', metadata: { public: 'true' } }, true],
    [{ project_name: 'team', metadata: null }, true],
    [{}, false],
    [{ project_name: 5 }, false],
    [{ project_name: 'team', metadata: { public: true } }, false],
    [{ project_name: 'team', metadata: { surprise: 'yes' } }, false],
    [{ project_name: 'team', cve_allowlist: { id: 0, items: [{ cve_id: 'CVE-1' }] } }, true],
    [{ project_name: 'team', cve_allowlist: { items: ['CVE-1'] } }, false],
    [{ project_name: 'team', storage_limit: 1.5 }, false],
    [{ project_name: 'team', owner_id: 1 }, false],
    [{ project_name: 'team', surprise: 1 }, false],
    [[], false],
    ['team', false],
  ])('%j: %s', (body, isValid) => {
    expect(projectRequest.safeParse(body).success).toBe(isValid);
  });
});

describe('the query of a project list', () => {
  const flags = { with_detail: true, with_quota: false, with_chart_count: false };

  it.each([
    [{}, { page: 1, page_size: 10, ...flags }],
    [
      { page: '3', page_size: '100' },
      { page: 3, page_size: 100, ...flags },
    ],
    [
      { name: 'te', public: '1' },
      { page: 1, page_size: 10, name: 'te', public: true, ...flags },
    ],
    [{ unknown: 'x' }, { page: 1, page_size: 10, ...flags }],
    [{ with_quota: 'true' }, { page: 1, page_size: 10, ...flags, with_quota: true }],
  ])('%j is read', (query, parsed) => {
    expect(projectListQuery.parse(query)).toEqual(parsed);
  });

  it.each([
    { page: '-1' },
    { page: '-1' },
    { page: '1.5' },
    { page: 'x' },
    { page: '' },
    { page: '1000000001' },
    { page: ['1', '2'] },
    { page_size: '-1' },
    { page_size: '101' },
    { public: 'yes' },
    { name: 'x'.repeat(256) },
  ])('%j is refused', (query) => {
    expect(projectListQuery.safeParse(query).success).toBe(false);
  });
});
