import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { assertEqual, assertIncludes } from '../clients/assertion.ts';
import type { Client } from '../clients/client.ts';
import { createHelm, packChart } from '../clients/helm-plugin.ts';
import { writeImageLayout } from '../clients/layout.ts';
import { createContainer, waitFor } from '../clients/tke-session.ts';
import { assertNoLeaks, DEFAULT_TENANT } from '../clients/tke-world.ts';
import { assertAbsent, chooseFromMenu, follow } from './journey.ts';
import { findEnglish, findObstacles } from './judges.ts';
import { createTkePortal, type TkePortal } from './tke-portal.ts';

const NAMESPACE = 'team-a';
const GROUP = 'shelf';

/** The pages of TKE's tenants, as an administrator, a member and the system's administrator see them. */
export const portalTke: Client = {
  name: 'portal-tke',
  tools: ['chromium', 'skopeo', 'helm', 'helm-cm-push'],
  createSteps(context) {
    const { start, step } = createTkePortal(context);
    return [
      { name: 'start a registry for TKE, and Chromium', run: async () => void (await start()) },
      step("a tenant's administrator begins at the namespaces, which teach", begin),
      step('create a namespace, whose guide has the right names in it', createNamespace),
      step('make an API key, which is shown once', makeKey),
      step('skopeo pushes as the guide says; repository and tag appear without reloading', push),
      step('create a chart group, and follow its guide with helm', createGroup),
      step('a chart has its versions, README and values', readChart),
      step('a disabled API key lets nobody in, until it is enabled', disableKey),
      step(
        'axe finds nothing on their pages, light or dark, nor is there English in Chinese',
        judge,
      ),
      step('a member sees what is theirs, and no button that does not work', lookAsMember),
      step('the other tenant sees nothing of it', lookAsStranger),
      step('no answer had an internal name', async ({ world }) => assertNoLeaks(world)),
      step('the system administrator sees all tenants, and the projects', lookAsSystem),
    ];
  },
};

async function begin({ reuse }: TkePortal): Promise<void> {
  const { page, visit } = await reuse('alice');
  for (const path of [undefined, '/']) {
    if (path !== undefined) await visit(path);
    await page.waitForURL('**/tke/namespaces');
    await page.getByRole('heading', { level: 1, name: 'Image namespaces' }).waitFor();
  }
  await page.getByText('There are no namespaces yet').waitFor();
  await page.getByText('Create one, then push images to it').waitFor();
}

async function createNamespace({ reuse, world }: TkePortal): Promise<void> {
  const { page, visit } = await reuse('alice');
  await visit('/tke/namespaces');
  await page.getByRole('button', { name: 'New namespace' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New namespace' });
  const save = dialog.getByRole('button', { name: 'Save' });
  const name = dialog.getByRole('textbox', { name: 'Name', exact: true });
  await name.fill('Team A');
  assertEqual(await save.isDisabled(), true, 'a wrong name cannot be sent');
  await name.fill(NAMESPACE);
  await save.click();
  await dialog.waitFor({ state: 'hidden' });
  await follow(page, page.getByRole('link', { name: NAMESPACE, exact: true }));
  await page.getByText('No images here yet').waitFor();
  await page.getByRole('button', { name: 'Show the commands' }).click();
  const host = world.host(DEFAULT_TENANT);
  const image = `${host}/${NAMESPACE}/nginx:latest`;
  assertEqual(
    await listCommands(page, 'docker'),
    [
      `docker login -u alice -p [credential] ${host}`,
      `docker pull ${image}`,
      `docker tag nginx:latest ${image}`,
      `docker push ${image}`,
    ],
    'the commands of docker',
  );
  assertIncludes(
    (await listCommands(page, 'Kubernetes')).join('\n'),
    `--docker-server=${host} --docker-username=alice`,
    'the commands of kubectl',
  );
}

async function makeKey({ reuse, notes }: TkePortal): Promise<void> {
  const { page, visit } = await reuse('alice');
  await visit(`/tke/namespaces/${NAMESPACE}?tab=guide`);
  await follow(page, page.getByRole('link', { name: 'Make an API key' }));
  await page.getByRole('button', { name: 'New API key' }).first().click();
  const form = page.getByRole('dialog', { name: 'New API key' });
  await form.getByLabel('Description').fill('laptop');
  await form.getByRole('button', { name: 'Save' }).click();
  const shown = page.getByRole('dialog', { name: 'Your new API key' });
  await shown.getByText('This is the only time it is shown.').waitFor();
  const key = (await shown.locator('pre').first().textContent()) ?? '';
  assertEqual(key.length > 30, true, 'the key is long');
  await shown.getByRole('button', { name: 'I have copied it' }).click();
  await shown.waitFor({ state: 'hidden' });
  await rowOf(page, 'laptop').getByText('Active').waitFor();
  assertEqual((await page.content()).includes(key), false, 'the key on the page');
  await page.reload();
  await rowOf(page, 'laptop').waitFor();
  assertEqual((await page.content()).includes(key), false, 'the key on the page after reloading');
  notes.set('key', key);
}

async function push(portal: TkePortal): Promise<void> {
  const { reuse, world } = portal;
  const { page, visit } = await reuse('alice');
  const image = `${world.host(DEFAULT_TENANT)}/${NAMESPACE}/nginx:latest`;
  const { directory, digest } = await writeImageLayout(await world.directory('portal-image'));
  const flags = ['--dest-tls-verify=false', '--dest-creds', `alice:${keyOf(portal)}`];
  const skopeo = world.context.tool('skopeo');
  await visit('/tke/namespaces');
  await rowOf(page, NAMESPACE).waitFor();
  await world.run([skopeo, 'copy', ...flags, `oci:${directory}:1`, `docker://${image}`]);
  // The objects follow a push after a moment, and the page follows them.
  await rowOf(page, NAMESPACE).getByRole('cell', { name: '1', exact: true }).waitFor();
  await follow(page, page.getByRole('link', { name: NAMESPACE, exact: true }));
  await page.getByRole('button', { name: 'Show more of nginx' }).click();
  const tag = page.getByRole('table', { name: 'Tags: nginx' }).getByRole('row').nth(1);
  await tag.getByRole('cell', { name: 'latest', exact: true }).waitFor();
  await tag
    .getByText(digest.slice('sha256:'.length, 'sha256:'.length + 12))
    .first()
    .waitFor();
  await tag.getByText(`docker pull ${image}`, { exact: true }).waitFor();
}

async function createGroup(portal: TkePortal): Promise<void> {
  const { reuse, world } = portal;
  const { page, visit } = await reuse('alice');
  await visit('/tke/chart-groups');
  await page.getByText('There are no chart groups yet').waitFor();
  await page.getByRole('button', { name: 'New chart group' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New chart group' });
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(GROUP);
  await dialog.getByRole('combobox', { name: 'Visibility' }).click();
  await page.getByRole('option', { name: 'Public' }).click();
  await dialog.getByText('Everybody reads; the creator uploads.').waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await follow(page, page.getByRole('link', { name: GROUP, exact: true }));
  await page.getByText('No charts here yet').waitFor();
  await page.getByRole('button', { name: 'Show the commands' }).click();
  const commands = await listCommands(page, 'Helm');
  const url = `http://${world.host(DEFAULT_TENANT)}/chart/${GROUP}`;
  const add = `helm repo add ${GROUP} ${url} --username alice --password [credential]`;
  const upload = `helm cm-push myapp-1.0.1.tgz ${GROUP}`;
  for (const command of [add, upload]) {
    assertEqual(commands.includes(command), true, `${command} in\n${commands.join('\n')}`);
  }
  await followHelm(portal, [add, upload]);
}

/** Types what the guide says, with a chart that is there. */
async function followHelm(portal: TkePortal, commands: readonly string[]): Promise<void> {
  const { world } = portal;
  const directory = await world.directory('portal-helm');
  const helm = await createHelm(world.context, directory);
  await mkdir(join(directory, 'harbour'), { recursive: true });
  await writeFile(join(directory, 'harbour', 'README.md'), '# Harbour\n\nShips *come* here.\n');
  const archive = await packChart(world.context, directory, '1.2.3');
  for (const command of commands) {
    const [, ...args] = command
      .replace('[credential]', keyOf(portal))
      .replace('myapp-1.0.1.tgz', archive)
      .split(' ');
    const { argv, env } = helm(args);
    await world.run(argv, { env });
  }
}

async function readChart({ reuse }: TkePortal): Promise<void> {
  const { page, visit } = await reuse('alice');
  await waitFor(async () => {
    await visit(`/tke/chart-groups/${GROUP}`);
    assertEqual(await rowOf(page, 'harbour').count(), 1, 'the chart');
  });
  await rowOf(page, 'harbour').getByText('1.2.3').waitFor();
  await page.getByRole('button', { name: 'Show more of harbour' }).click();
  await page.getByRole('button', { name: 'Delete: 1.2.3' }).waitFor();
  await page.getByRole('button', { name: 'Show content: 1.2.3' }).click();
  const dialog = page.getByRole('dialog', { name: 'harbour 1.2.3' });
  await dialog.getByRole('heading', { name: 'Harbour', exact: true }).waitFor();
  await dialog.getByText('Ships come here.').waitFor();
  await dialog.getByRole('tab', { name: 'Values' }).click();
  const values = await dialog.getByRole('region', { name: 'Values' }).textContent();
  assertEqual(values, 'replicas: 1\n', 'the values');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

async function disableKey(portal: TkePortal): Promise<void> {
  const { reuse, world } = portal;
  const { page, visit } = await reuse('alice');
  const image = `docker://${world.host(DEFAULT_TENANT)}/${NAMESPACE}/nginx:latest`;
  const flags = ['--tls-verify=false', '--creds', `alice:${keyOf(portal)}`];
  const inspect = [world.context.tool('skopeo'), 'inspect', ...flags, image];
  const choose = async (item: string) => {
    await rowOf(page, 'laptop')
      .getByRole('button', { name: /^Actions for / })
      .click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await world.run(inspect);
  await visit('/tke/api-keys');
  await choose('Disable');
  await rowOf(page, 'laptop').getByText('Disabled').waitFor();
  await world.refuse(inspect);
  await choose('Enable');
  await rowOf(page, 'laptop').getByText('Active').waitFor();
  await world.run(inspect);
}

const PAGES = [
  '/tke/namespaces',
  `/tke/namespaces/${NAMESPACE}`,
  '/tke/chart-groups',
  `/tke/chart-groups/${GROUP}`,
  '/tke/api-keys',
];

async function judge({ reuse }: TkePortal): Promise<void> {
  const visitor = await reuse('alice');
  const { page, visit } = visitor;
  const found: string[] = [];
  for (const [locale, look] of [
    ['en', findObstacles],
    ['zh-CN', findEnglish],
  ] as const) {
    await page.evaluate(
      `localStorage.setItem('berth-preferences', '${JSON.stringify({ locale })}')`,
    );
    for (const name of PAGES) {
      await visit(name);
      found.push(...(await look({ visitor, name })));
    }
  }
  await page.evaluate(`localStorage.removeItem('berth-preferences')`);
  assertEqual(found, [], 'findings');
}

async function lookAsMember({ openUser }: TkePortal): Promise<void> {
  const { page, visit, close } = await openUser('mia');
  await page.waitForURL('**/tke/namespaces');
  await page.getByRole('link', { name: NAMESPACE, exact: true }).waitFor();
  const links = page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link');
  assertEqual(
    await links.allTextContents(),
    ['Namespaces', 'Chart groups', 'API keys', 'About', 'API explorer'],
    'the navigation',
  );
  await page.getByRole('button', { name: `Actions for ${NAMESPACE}` }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).waitFor();
  assertEqual(await page.getByRole('menuitem').allTextContents(), ['Edit'], 'the menu');
  await visit('/tke/chart-groups');
  await page.getByRole('link', { name: GROUP, exact: true }).waitFor();
  await assertAbsent(page.getByRole('button', { name: `Actions for ${GROUP}` }), 'menus');
  await follow(page, page.getByRole('link', { name: GROUP, exact: true }));
  await page.getByRole('button', { name: 'Show more of harbour' }).click();
  await page.getByRole('button', { name: 'Show content: 1.2.3' }).waitFor();
  await assertAbsent(page.getByRole('button', { name: 'Delete: 1.2.3' }), 'buttons that delete');
  await assertAbsent(page.getByRole('button', { name: 'Edit' }), 'buttons that edit');
  await visit('/tke/api-keys');
  await rowOf(page, 'clients').waitFor();
  await assertAbsent(rowOf(page, 'laptop'), 'keys of others');
  await visit('/admin/users');
  await page.getByRole('heading', { level: 1, name: 'You may not see this' }).waitFor();
  await close();
}

async function lookAsStranger({ openUser, world }: TkePortal): Promise<void> {
  await createContainer(world, 'Namespace', 'bob', { name: 'bobs', visibility: 'Private' });
  const { page, visit, close } = await openUser('bob');
  await page.getByRole('link', { name: 'bobs', exact: true }).waitFor();
  await assertAbsent(rowOf(page, NAMESPACE), 'namespaces of the other tenant');
  await visit(`/tke/namespaces/${NAMESPACE}`);
  await page.getByText('It is not there any more.').waitFor();
  await close();
}

async function lookAsSystem({ openUser }: TkePortal): Promise<void> {
  const { page, visit, close } = await openUser('admin');
  assertEqual(new URL(page.url()).pathname, '/', 'the first page');
  const navigation = page.getByRole('navigation', { name: 'Main navigation' });
  for (const name of ['Projects', 'Users', 'Configuration', 'Chart groups', 'API keys']) {
    await navigation.getByRole('link', { name, exact: true }).waitFor();
  }
  await follow(page, navigation.getByRole('link', { name: 'Namespaces', exact: true }));
  await page.getByRole('columnheader', { name: 'Tenant' }).waitFor();
  await rowOf(page, NAMESPACE).getByRole('cell', { name: 'default', exact: true }).waitFor();
  await rowOf(page, 'bobs').getByRole('cell', { name: 'acme', exact: true }).waitFor();
  await follow(page, page.getByRole('link', { name: NAMESPACE, exact: true }));
  await page.getByRole('button', { name: 'Show more of nginx' }).waitFor();
  await visit('/tke/namespaces');
  await chooseFromMenu(page, 'bobs', 'Lock');
  await rowOf(page, 'bobs').getByText('Locked').waitFor();
  await close();
}

/** The commands of a client in the guide that is open. */
async function listCommands(page: Page, client: string): Promise<string[]> {
  await page.getByRole('tab', { name: client, exact: true }).click();
  const panel = page.getByRole('tabpanel', { name: client, exact: true });
  await panel.locator('pre').first().waitFor();
  return panel.locator('pre').allTextContents();
}

/** The rows of a list that have a text. */
function rowOf(page: Page, text: string): Locator {
  return page.getByRole('row').filter({ hasText: text });
}

function keyOf({ notes }: TkePortal): string {
  const key = notes.get('key');
  if (key === undefined) throw new Error('the API key was not made');
  return key;
}
