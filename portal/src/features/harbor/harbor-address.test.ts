import { describe, expect, it } from 'vitest';
import { projectIdOf, translate } from './harbor-address.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const CHILD = `sha256:${'b'.repeat(64)}`;

const names = new Map([
  ['1', 'library'],
  ['7', '2048'],
]);
const nameOf = (idOrName: string) => names.get(idOrName) ?? idOrName;

describe('pages of Harbor', () => {
  it.each([
    ['', '/projects'],
    ['projects', '/projects'],
    ['projects/', '/projects'],
    ['logs', '/logs'],
    ['logs/audit-legacy-log', '/logs'],
    ['users', '/admin/users'],
    ['robot-accounts', '/admin/robots'],
    ['groups', '/admin/groups'],
    ['labels', '/admin/labels'],
    ['project-quotas', '/admin/quotas'],
    ['gc', '/admin/gc'],
    ['clearing-job', '/admin/gc'],
    ['clearing-job/gc', '/admin/gc'],
    ['clearing-job/audit-log-purge', '/admin/audit-purge'],
    ['job-service-dashboard', '/admin/jobs'],
    ['job-service-dashboard/pending-jobs', '/admin/jobs'],
    ['job-service-dashboard/schedules', '/admin/jobs'],
    ['job-service-dashboard/workers', '/admin/jobs'],
    ['configs', '/admin/configuration'],
    ['configs/auth', '/admin/configuration'],
    ['configs/setting', '/admin/configuration'],
    ['sign-in', '/account/sign-in'],
    ['interrogation-services/scanners', '/'],
    ['registries', '/'],
    ['replications/3/12/tasks', '/'],
    ['distribution/instances', '/'],
  ])('“%s” is at %s', (path, expected) => {
    expect(translate(path, nameOf)).toBe(expected);
  });

  it.each(['nonsense', 'constructor', 'projects/1/nonsense', '__proto__/users'])(
    '“%s” was nowhere',
    (path) => {
      expect(translate(path, nameOf)).toBeUndefined();
    },
  );
});

describe('projects of Harbor', () => {
  it.each([
    ['projects/1', '/p/library'],
    ['projects/library', '/p/library'],
    ['projects/7', '/p/2048'],
    ['projects/1/repositories', '/p/library'],
    ['projects/1/summary', '/p/library/summary'],
    ['projects/1/members', '/p/library/members'],
    ['projects/1/labels', '/p/library/labels'],
    ['projects/1/robot-account', '/p/library/robots'],
    ['projects/1/tag-strategy', '/p/library/retention'],
    ['projects/1/tag-strategy/tag-retention', '/p/library/retention'],
    ['projects/1/tag-strategy/immutable-tag', '/p/library/immutability'],
    ['projects/1/webhook', '/p/library/webhooks'],
    ['projects/1/webhook/4/executions/9/tasks', '/p/library/webhooks/4'],
    ['projects/1/logs', '/p/library/logs'],
    ['projects/1/logs/audit-legacy-log', '/p/library/logs'],
    ['projects/1/configs', '/p/library/settings'],
    ['projects/1/scanner', '/p/library'],
    ['projects/1/p2p-provider/policies', '/p/library'],
    ['projects/1/helm-charts/web/versions/1.0', '/p/library'],
  ])('“%s” is at %s', (path, expected) => {
    expect(translate(path, nameOf)).toBe(expected);
  });

  it.each([
    ['projects/12/members', 12],
    ['projects/library', undefined],
    ['projects', undefined],
    ['users/12', undefined],
  ])('the id in “%s” is %s', (path, expected) => {
    expect(projectIdOf(path)).toBe(expected);
  });
});

describe('repositories and artifacts of Harbor', () => {
  const at = (repository: string) => `projects/1/repositories/${repository}`;

  it.each([
    [at('app'), 'app'],
    [at('app/artifacts-tab'), 'app'],
    [at('app/info-tab'), 'app'],
    [at('team%2Fapp'), 'team/app'],
    [at('team%252Fapp/artifacts-tab'), 'team/app'],
    [at('team/app/artifacts-tab'), 'team/app'],
    [at('a%252Fb%252Fc'), 'a/b/c'],
    [at(`app/artifacts-tab/artifacts/${DIGEST}`), `app@${DIGEST}`],
    [at(`app/artifacts-tab/artifacts/${encodeURIComponent(DIGEST)}`), `app@${DIGEST}`],
    [at(`team%252Fapp/artifacts-tab/artifacts/${DIGEST}`), `team/app@${DIGEST}`],
    [at('app/artifacts-tab/artifacts/1.0'), 'app:1.0'],
    [at('team/app/artifacts-tab/artifacts/latest'), 'team/app:latest'],
    [at(`app/artifacts-tab/depth/${DIGEST}`), `app@${DIGEST}`],
    [at(`app/artifacts-tab/depth/${DIGEST}-${CHILD}`), `app@${CHILD}`],
    [at(`app/artifacts-tab/depth/${DIGEST}/artifacts/${CHILD}`), `app@${CHILD}`],
    [at('library%2Fapp/tags'), 'app'],
    [at('library%2Fteam%2Fapp/tags/v1'), 'team/app:v1'],
    [at('%E0%A4%A'), '%E0%A4%A'],
  ])('“%s” is %s', (path, expected) => {
    expect(translate(path, nameOf)).toBe(`/p/library/r/${expected}`);
  });

  it('knows a project by its name, too', () => {
    expect(translate('projects/team-a/repositories/app/artifacts-tab', nameOf)).toBe(
      '/p/team-a/r/app',
    );
  });
});
