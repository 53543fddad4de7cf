import { describe, expect, it } from 'vitest';
import type { KubeCaller } from '../../kube/index.ts';
import { isSelected, type Shared, takeRepoType } from './repo-type.ts';

const nothing: Shared = {
  owners: undefined,
  projects: undefined,
  isForAll: false,
  isSystem: false,
  isPublic: false,
};
const fixtures = {
  anns: { ...nothing, owners: ['ann'] },
  bobs: { ...nothing, owners: ['bob'] },
  shop: { ...nothing, projects: ['prj-shop'] },
  bank: { ...nothing, projects: ['prj-bank', 'prj-shop2'] },
  open: { ...nothing, isPublic: true },
  system: { ...nothing, isSystem: true, isPublic: true },
  plain: { ...nothing, projects: [], isForAll: true },
} satisfies Record<string, Shared>;

const person = (
  username: string,
  role: KubeCaller['role'],
  projects: string[] = [],
): KubeCaller => ({
  principal: { kind: 'anonymous' },
  username,
  tenantId: 'default',
  isPrivileged: false,
  role,
  projects: new Map(projects.map((name) => [name, 'member'])),
});
const admin = person('root', 'admin');
const ann = person('ann', 'member', ['prj-shop']);
const outsider = person('eve', undefined);

function select(caller: KubeCaller, selector: Record<string, string>): string[] {
  const terms = Object.entries(selector).map(([field, value]) => ({
    field,
    operator: '=' as const,
    value,
  }));
  const taken = takeRepoType(terms, 'repoType');
  return Object.entries(fixtures).flatMap(([name, shared]) =>
    isSelected(shared, taken, caller) ? [name] : [],
  );
}

describe('repoType', () => {
  it.each([
    ['user', admin, ['anns', 'bobs']],
    ['personal', ann, ['anns']],
    ['Person', ann, ['anns']],
    ['user', outsider, []],
    ['project', admin, ['shop', 'bank', 'plain']],
    ['project', ann, ['shop', 'plain']],
    ['system', ann, ['system']],
    ['public', outsider, ['open', 'system']],
    ['all', admin, ['anns', 'bobs', 'shop', 'bank', 'open', 'system', 'plain']],
    ['all', ann, ['anns', 'shop', 'open', 'system', 'plain']],
  ])('%s gives exactly what the caller has of it', (repoType, caller, expected) => {
    expect(select(caller, { repoType })).toEqual(expected);
  });

  it('is narrowed by projectID', () => {
    expect(select(admin, { repoType: 'project', projectID: 'prj-shop2' })).toEqual(['bank']);
    expect(select(ann, { repoType: 'project', projectID: 'prj-shop2' })).toEqual([]);
    expect(select(ann, { projectID: 'prj-shop' })).toEqual(['shop']);
  });

  it('leaves the other terms, and refuses what it does not know', () => {
    const other = { field: 'spec.name', operator: '=' as const, value: 'x' };
    const repoType = { field: 'repoType', operator: '=' as const, value: 'all' };
    expect(takeRepoType([other, repoType], 'repoType').terms).toEqual([other]);
    for (const value of ['nothing', 'constructor', '']) {
      expect(() => takeRepoType([{ ...repoType, value }], 'spec.repoType')).toThrow(
        `unsupport spec.repoType: ${value}`,
      );
    }
    expect(() => takeRepoType([{ ...repoType, operator: '!=' }], 'repoType')).toThrow('!=');
  });
});
