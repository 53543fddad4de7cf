import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEqual, assertIncludes } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import {
  createStep,
  follow,
  markPage,
  openAdministrator,
  PASSWORD,
  pushChart,
  pushImage,
  visitLive,
  waitForStream,
} from './journey.ts';
import type { PortalWorld } from './portal-world.ts';

const PROJECT = 'newcomer';

/** From the first start to a project with an image and a chart. */
export function createFirstSteps(context: Context): Step[] {
  const step = (name: string, run: (world: PortalWorld) => Promise<void>) =>
    createStep(context, name, run);
  return [
    step('what is no API answers the portal, with a policy that lets nothing foreign in', answer),
    step('the first sign-in: the page tells the file, and asks for a password at once', signIn),
    step('the password was chosen once and for all, and its file is gone', signInAgain),
    step('create a project, and read how to push into it', createProject),
    step('a push appears without reloading, and so does the next tag', push),
    step('browse from the repository to the layers of the image', browse),
    step('read the values of a chart', readChart),
  ];
}

async function answer({ url }: PortalWorld): Promise<void> {
  const response = await fetch(`${url}/projects`, { headers: { accept: 'text/html' } });
  assertEqual(response.status, 200, 'the page');
  const policy = response.headers.get('content-security-policy') ?? '';
  assertEqual(policy.includes("script-src 'self'"), true, policy);
}

async function signIn(world: PortalWorld): Promise<void> {
  const visitor = await world.openBrowser();
  const { page } = visitor;
  await visitor.visit('/projects');
  await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).click();
  await page.getByText('The first password of admin is in the file admin-password').waitFor();
  await visitor.signIn('admin', world.firstPassword);
  await page.waitForURL('**/account/choose-password*');
  for (const path of ['/projects', '/admin/users']) {
    await visitor.visit(path);
    await page.waitForURL('**/account/choose-password*');
  }
  await page.getByLabel('Current password').fill(world.firstPassword);
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByLabel('Repeat the password').fill(PASSWORD);
  await follow(page, page.getByRole('button', { name: 'Set password' }));
  await page.getByRole('link', { name: 'Users', exact: true }).waitFor();
  world.password = PASSWORD;
  await world.api('GET', '/api/v2.0/users', 200);
  await visitor.close();
}

async function signInAgain(world: PortalWorld): Promise<void> {
  const login = Buffer.from(`admin:${world.firstPassword}`).toString('base64');
  const headers = { authorization: `Basic ${login}` };
  const response = await fetch(`${world.url}/api/v2.0/users/current`, { headers });
  assertEqual(response.status, 401, 'with the password that was made up');
  const isGone = await access(join(world.dataDir, 'admin-password')).then(
    () => false,
    () => true,
  );
  assertEqual(isGone, true, 'the file is gone');
  const { page } = await openAdministrator(world);
  assertEqual(new URL(page.url()).pathname, '/', 'where the second sign-in leads');
}

async function createProject(world: PortalWorld): Promise<void> {
  const { page, visit } = await openAdministrator(world);
  await visit('/projects');
  await page.getByRole('button', { name: 'New project' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await dialog.getByLabel('Name').fill('Not a name');
  await dialog.getByText('Lower-case letters and digits, in groups').first().waitFor();
  assertEqual(
    await dialog.getByRole('button', { name: 'Create' }).isDisabled(),
    true,
    'a wrong name cannot be sent',
  );
  await dialog.getByLabel('Name').fill(PROJECT);
  await dialog.getByText('The name is free.').waitFor();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { level: 1, name: PROJECT }).waitFor();
  await page.getByText('There is no repository yet').waitFor();
  await page.getByRole('tab', { name: 'skopeo' }).click();
  await page.getByText(`${world.host}/${PROJECT}`).first().waitFor();
}

async function push(world: PortalWorld): Promise<void> {
  const visitor = await openAdministrator(world);
  const { page } = visitor;
  await visitLive(visitor, `/p/${PROJECT}`);
  const assertSame = await markPage(page);
  await pushImage(world, `${PROJECT}/team/app:1.0`);
  await page.getByRole('link', { name: 'team/app', exact: true }).waitFor();
  const stream = waitForStream(page, 'repository:');
  await follow(page, page.getByRole('link', { name: 'team/app', exact: true }));
  await page.getByRole('link', { name: '1.0', exact: true }).waitFor();
  await stream;
  await pushImage(world, `${PROJECT}/team/app:1.1`);
  await page.getByRole('link', { name: '1.1', exact: true }).waitFor();
  await assertSame();
}

async function browse(world: PortalWorld): Promise<void> {
  const { page, visit } = await openAdministrator(world);
  await visit(`/p/${PROJECT}`);
  await follow(page, page.getByRole('link', { name: 'team/app', exact: true }));
  await follow(page, page.getByRole('link', { name: '1.0', exact: true }));
  await page.getByRole('tab', { name: 'Layers' }).click();
  await page.getByText('2 layers, 1 MiB in all').waitFor();
  const rows = page.getByRole('table', { name: 'Layers' }).getByRole('row');
  assertEqual(await rows.count(), 3, 'a head and two layers');
  await page.getByRole('tab', { name: 'Build history' }).click();
  await page.getByText('conformance').first().waitFor();
  await page.getByRole('tab', { name: 'Manifest' }).click();
  await page.getByText('application/vnd.oci.image.manifest.v1+json').first().waitFor();
}

async function readChart(world: PortalWorld): Promise<void> {
  await pushChart(world, PROJECT, {
    'harbour/Chart.yaml': 'apiVersion: v2\nname: harbour\nversion: 1.2.3\ndescription: A chart\n',
    'harbour/values.yaml': 'replicas: 3 # of the lighthouse\n',
    'harbour/README.md': '# Harbour\n\nShips *come* here.\n',
    'harbour/templates/none.yaml': '',
  });
  const { page, visit } = await openAdministrator(world);
  await visit(`/p/${PROJECT}`);
  await follow(page, page.getByRole('link', { name: 'harbour', exact: true }));
  await follow(page, page.getByRole('link', { name: '1.2.3', exact: true }));
  await page.getByRole('tab', { name: 'Values' }).click();
  const values = page.getByRole('region', { name: 'Values' });
  assertIncludes((await values.textContent()) ?? '', 'replicas: 3 # of the lighthouse', 'values');
  await page.getByRole('tab', { name: 'Readme' }).click();
  await page.getByRole('heading', { name: 'Harbour', exact: true }).last().waitFor();
  await page.getByText('Ships come here.').waitFor();
}
