import { describe, expect, it } from 'vitest';
import { presentProject } from './project.presenter.ts';
import { projectListQuery, projectRequest } from './projects.schema.ts';
import { visibilityOf } from './projects.service.ts';

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
        repositoryCount: 2,
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
      metadata: { public: 'false' },
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
    [{ project_name: 'team', metadata: { public: 'yes' } }, false],
    [{ project_name: 'team', surprise: 1 }, false],
    [[], false],
    ['team', false],
  ])('%j: %s', (body, isValid) => {
    expect(projectRequest.safeParse(body).success).toBe(isValid);
  });
});

describe('the query of a project list', () => {
  it.each([
    [{}, { page: 1, page_size: 10 }],
    [
      { page: '3', page_size: '100' },
      { page: 3, page_size: 100 },
    ],
    [
      { name: 'te', public: '1' },
      { page: 1, page_size: 10, name: 'te', public: '1' },
    ],
    [{ unknown: 'x' }, { page: 1, page_size: 10 }],
  ])('%j is read', (query, parsed) => {
    expect(projectListQuery.parse(query)).toEqual(parsed);
  });

  it.each([
    { page: '0' },
    { page: '-1' },
    { page: '1.5' },
    { page: 'x' },
    { page: '' },
    { page: '1000001' },
    { page: ['1', '2'] },
    { page_size: '0' },
    { page_size: '101' },
    { public: 'yes' },
    { name: 'x'.repeat(256) },
  ])('%j is refused', (query) => {
    expect(projectListQuery.safeParse(query).success).toBe(false);
  });
});

describe('visibilityOf', () => {
  it.each([
    [{ kind: 'anonymous' } as const, { userId: undefined }],
    [{ kind: 'user', id: 7, username: 'ann', isAdmin: false } as const, { userId: 7 }],
    [{ kind: 'user', id: 1, username: 'admin', isAdmin: true } as const, 'all'],
  ])('of %j', (principal, visibility) => {
    expect(visibilityOf(principal)).toEqual(visibility);
  });
});
