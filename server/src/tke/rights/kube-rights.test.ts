import { describe, expect, it } from 'vitest';
import { actions } from '../../access/index.ts';
import type { KubeCaller, KubeVerb } from '../../kube/index.ts';
import { authorizeKube } from './kube-rights.ts';
import { caller, callerNamed } from './rights.fixture.ts';

const request = (verb: KubeVerb, resource = 'namespaces', subresource = '') => ({
  verb,
  resource,
  subresource,
  namespace: '',
  name: 'rns-x',
});

function codeOf(who: KubeCaller, ...asked: Parameters<typeof request>): number {
  try {
    authorizeKube(who, request(...asked));
    return 200;
  } catch (error) {
    return error instanceof Error && 'code' in error ? Number(error.code) : 500;
  }
}

const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const;

describe('what may be asked of the management API', () => {
  it('is nothing without credentials', () => {
    for (const verb of verbs) expect(codeOf(callerNamed('anonymous'), verb)).toBe(401);
  });

  it.each([
    ['of another tenant', ''],
    ['tenant viewer', 'get list watch'],
    ['tenant member', 'get list watch create update patch delete'],
    ['tenant admin', 'get list watch create update patch delete'],
    ['privileged', 'get list watch create update patch delete'],
  ])('is by the role of a %s: %s', (who, allowed) => {
    for (const resource of ['namespaces', 'repositories', 'chartgroups', 'charts']) {
      for (const verb of verbs) {
        const code = allowed.split(' ').includes(verb) ? 200 : 403;
        expect(codeOf(callerNamed(who), verb, resource), `${verb} ${resource}`).toBe(code);
      }
    }
  });

  it.each([
    ['tenant viewer', [403, 403, 403, 403, 200]],
    ['tenant member', [403, 403, 403, 403, 200]],
    ['tenant admin', [200, 200, 403, 200, 200]],
    ['privileged', [200, 200, 200, 200, 200]],
  ])('is narrower for a %s where it reaches further', (who, codes) => {
    const one = callerNamed(who);
    expect([
      codeOf(one, 'deletecollection'),
      codeOf(one, 'update', 'namespaces', 'status'),
      codeOf(one, 'update', 'chartgroups', 'finalize'),
      codeOf(one, 'create', 'members'),
      codeOf(one, 'get', 'namespaces', 'status'),
    ]).toEqual(codes);
  });

  it('is for administrators of the system alone with config maps', () => {
    expect(codeOf(callerNamed('tenant admin'), 'get', 'configmaps')).toBe(403);
    expect(codeOf(callerNamed('privileged'), 'get', 'configmaps')).toBe(200);
  });

  it('is what a personal token leaves', () => {
    const withApi = (api: 'none' | 'read' | 'write', projectIds?: number[]) =>
      caller({ limits: { tokenId: 1, api, repository: actions.all, projectIds } });
    expect(codeOf(withApi('none'), 'get')).toBe(403);
    expect(codeOf(withApi('read'), 'get')).toBe(200);
    expect(codeOf(withApi('read'), 'create')).toBe(403);
    expect(codeOf(withApi('write'), 'create')).toBe(200);
    expect(codeOf(withApi('write', [1]), 'get')).toBe(403);
  });

  it("is refused in Kubernetes' words", () => {
    expect(() => authorizeKube(callerNamed('tenant viewer'), request('delete'))).toThrow(
      'namespaces.registry.tkestack.io "rns-x" is forbidden: User "vic" cannot delete resource "namespaces" in API group "registry.tkestack.io" at the cluster scope',
    );
  });
});
