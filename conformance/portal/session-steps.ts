import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import {
  createStep,
  createUser,
  ensureChosenPassword,
  ensureProject,
  follow,
  openAdministrator,
  openUser,
  PASSWORD,
  pushImage,
} from './journey.ts';
import { type PortalWorld, settled } from './portal-world.ts';

const PROJECT = 'settings';

/** What goes wrong, and how the portal looks to different people. */
export function createSessionSteps(context: Context): Step[] {
  const step = (name: string, run: (world: PortalWorld) => Promise<void>) =>
    createStep(context, name, async (world) => {
      await ensureChosenPassword(world);
      await run(world);
    });
  return [
    step('language and theme change at once, and are remembered', changeLook),
    step('a session that ends in a form asks for the password, and the form is sent', endSession),
    step('a list whose session has ended asks, and goes on as it was', endSessionOfList),
    step('absent things, mistakes of the registry and lost connections are told', showFaults),
    step('ten screens fit on a phone, and its menu works', lookNarrow),
    step('below a path: sign in and walk', walkBelowPath),
  ];
}

async function changeLook(world: PortalWorld): Promise<void> {
  const visitor = await world.openBrowser();
  const { page } = visitor;
  await visitor.signIn('admin', world.password);
  await visitor.visit('/projects');
  await page.getByRole('button', { name: 'Account of admin' }).click();
  await page.getByRole('menuitemradio', { name: '中文（简体）' }).click();
  await page.getByRole('menuitemradio', { name: '深色' }).click();
  for (const when of ['at once', 'after reloading']) {
    await page.getByRole('heading', { level: 1, name: '项目', exact: true }).waitFor();
    const root = page.locator('html');
    assertEqual(await root.getAttribute('lang'), 'zh-CN', `language ${when}`);
    const theme = await root.getAttribute('data-mantine-color-scheme');
    assertEqual(theme, 'dark', `theme ${when}`);
    await page.reload();
    await settled(page);
  }
  await visitor.close();
}

async function endSession(world: PortalWorld): Promise<void> {
  await createUser(world, 'edda');
  const { page, visit, close } = await openUser(world, 'edda');
  await visit('/projects');
  await page.getByRole('button', { name: 'New project' }).first().click();
  const form = page.getByRole('dialog', { name: 'New project' });
  await form.getByLabel('Name').fill('typed-before');
  await form.getByRole('switch', { name: 'Public project' }).check();
  await form.getByText('The name is free.').waitFor();
  await endSessionsOf(world, 'edda');
  await form.getByRole('button', { name: 'Create' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.getByLabel('Password', { exact: true }).fill('Wrong-1234');
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.getByText('The username or the password is wrong.').waitFor();
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'typed-before' }).waitFor();
  const project = await world.api('GET', '/api/v2.0/projects/typed-before', 200);
  assertEqual(JSON.stringify(project).includes('"public":"true"'), true, 'what was typed');
  await close();
}

async function endSessionOfList(world: PortalWorld): Promise<void> {
  await ensureProject(world, PROJECT);
  await createUser(world, 'lena');
  const body = { role_id: 3, member_user: { username: 'lena' } };
  await world.api('POST', `/api/v2.0/projects/${PROJECT}/members`, 201, body);
  const { page, visit, close } = await openUser(world, 'lena');
  await visit('/projects');
  await page.getByRole('link', { name: PROJECT, exact: true }).waitFor();
  await endSessionsOf(world, 'lena');
  await page.getByRole('searchbox', { name: 'Search by name' }).fill(PROJECT.slice(0, 4));
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: PROJECT, exact: true }).waitFor();
  assertEqual(new URL(page.url()).searchParams.get('name'), PROJECT.slice(0, 4), 'the search');
  await close();
}

async function endSessionsOf(world: PortalWorld, username: string): Promise<void> {
  const login = Buffer.from(`${username}:${PASSWORD}`).toString('base64');
  const response = await fetch(`${world.url}/api/v2.0/users/current/sessions`, {
    method: 'DELETE',
    headers: { authorization: `Basic ${login}` },
  });
  assertEqual(response.ok, true, `ending sessions: ${response.status}`);
}

async function showFaults(world: PortalWorld): Promise<void> {
  const { page, visit } = await openAdministrator(world);
  for (const path of ['/no/such/page', '/p/no-such-project', '/p/no-such-project/members']) {
    await visit(path);
    await page.getByRole('heading', { level: 1, name: 'There is nothing here' }).waitFor();
  }
  const list = (url: URL) => url.pathname === '/api/v2.0/projects';
  for (const [sentence, fail] of [
    ['The registry has made a mistake', 500],
    ['The registry cannot be reached', 0],
  ] as const) {
    await page.route(list, (route) =>
      fail === 0 ? route.abort() : route.fulfill({ status: fail, body: 'oops' }),
    );
    await visit('/projects');
    await page.getByText(sentence).first().waitFor();
    await page.unroute(list);
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.getByRole('table', { name: 'Projects that you may see' }).waitFor();
  }
}

const NARROW = [
  '/',
  '/projects',
  `/p/${PROJECT}`,
  `/p/${PROJECT}/members`,
  `/p/${PROJECT}/retention`,
  `/p/${PROJECT}/r/narrow`,
  `/p/${PROJECT}/r/narrow:1`,
  '/admin/users',
  '/admin/gc',
  '/admin/configuration',
  '/settings',
];

async function lookNarrow(world: PortalWorld): Promise<void> {
  await ensureProject(world, PROJECT);
  await pushImage(world, `${PROJECT}/narrow:1`);
  const visitor = await world.openBrowser({ viewport: { width: 360, height: 740 } });
  const { page } = visitor;
  await visitor.signIn('admin', world.password);
  for (const path of NARROW) {
    await visitor.visit(path);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    assertEqual(width, 360, `the width of ${path}`);
  }
  await page.getByRole('button', { name: 'Menu' }).click();
  await follow(page, page.getByRole('link', { name: 'Job service dashboard' }));
  await page.getByRole('link', { name: 'Job service dashboard' }).waitFor({ state: 'hidden' });
  await visitor.close();
}

async function walkBelowPath(world: PortalWorld): Promise<void> {
  const base = `${world.url}/some/where`;
  await world.restart({ BERTH_EXTERNAL_URL: base });
  const { page, close } = await world.openBrowser();
  await page.goto(`${base}/projects`);
  await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('Username').fill('admin');
  await page.getByLabel('Password', { exact: true }).fill(world.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`${base}/projects`);
  await follow(page, page.getByRole('link', { name: 'library', exact: true }));
  assertEqual(page.url(), `${base}/p/library`, 'the project');
  await page.reload();
  await page.getByText('There is no repository yet').waitFor();
  await follow(page, page.getByRole('link', { name: 'Garbage collection' }));
  assertEqual(page.url(), `${base}/admin/gc`, 'the collection');
  await close();
  await world.restart();
}
