/** A screen of the portal in the seeded registry, and the buttons that open its dialogs. */
export interface Screen {
  readonly path: string;
  /** Names of buttons, in English, that open a dialog, a menu or more of a row. */
  readonly opens?: readonly string[];
  /** Before the login. */
  readonly isPublic?: boolean;
  /** What it is about is not there, which the browser's console says, too. */
  readonly isAbsent?: boolean;
}

const SETTINGS_TABS = ['profile', 'password', 'tokens', 'sessions', 'preferences'];
const ARTIFACT = '/p/payments/r/api:v2.10.0';
const IMAGE = '/p/platform/r/base-node:26';
const CHART = '/p/platform/r/charts/gateway:4.2.0';

/** All screens of the portal over what seed.ts makes. */
export const SCREENS: readonly Screen[] = [
  { path: '/account/sign-in', isPublic: true },
  { path: '/account/sign-up', isPublic: true },
  { path: '/' },
  { path: '/projects', opens: ['New project'] },
  { path: '/search?q=gateway' },
  { path: '/logs' },
  { path: '/about' },
  ...SETTINGS_TABS.map((tab) => ({ path: `/settings?tab=${tab}` })),
  { path: '/p/payments', opens: ['Push commands', 'Columns'] },
  { path: '/p/payments/summary' },
  {
    path: '/p/payments/members',
    opens: ['Add member', 'What each role may do', 'Actions for ben'],
  },
  {
    path: '/p/payments/robots',
    opens: ['New robot account', 'Show more of robot$payments+ci', 'Actions for robot$payments+ci'],
  },
  { path: '/p/payments/labels', opens: ['New label', 'Actions for pci'] },
  { path: '/p/payments/retention', opens: ['Add rule', 'Run now'] },
  { path: '/p/payments/immutability', opens: ['Add rule'] },
  { path: '/p/payments/webhooks', opens: ['New webhook', 'Actions for deploy'] },
  { path: '/p/payments/webhooks/1' },
  { path: '/p/payments/logs' },
  { path: '/p/payments/deleted' },
  { path: '/p/payments/settings' },
  { path: '/p/library' },
  { path: '/p/payments/r/api', opens: ['Delete repository', 'Actions for v2.9.0'] },
  { path: '/p/payments/r/api?tab=artifacts' },
  { path: '/p/payments/r/api?tab=info' },
  { path: ARTIFACT, opens: ['Copy to …', 'Delete', 'Edit labels'] },
  { path: `${ARTIFACT}?tab=tags`, opens: ['Add a tag'] },
  { path: `${ARTIFACT}?tab=accessories` },
  { path: `${ARTIFACT}?tab=manifest` },
  { path: IMAGE },
  { path: `${IMAGE}?tab=layers` },
  { path: `${IMAGE}?tab=history` },
  { path: CHART },
  { path: `${CHART}?tab=readme` },
  { path: `${CHART}?tab=values` },
  { path: `${CHART}?tab=dependencies` },
  { path: '/admin/users', opens: ['New user', 'Actions for ben'] },
  { path: '/admin/robots', opens: ['New robot account'] },
  { path: '/admin/groups', opens: ['New group'] },
  { path: '/admin/labels', opens: ['New label'] },
  { path: '/admin/quotas', opens: ['Edit default quota', 'Edit the quota of web'] },
  { path: '/admin/gc', opens: ['Collect now'] },
  { path: '/admin/audit-purge' },
  { path: '/admin/jobs', opens: ['Pause schedules'] },
  { path: '/admin/jobs?tab=schedules' },
  { path: '/admin/jobs?tab=workers' },
  { path: '/admin/configuration' },
  { path: '/admin/health' },
  { path: '/p/absent-project', isAbsent: true },
  { path: '/nowhere' },
];
