import type { Locator } from 'playwright-core';
import { assertEqual, textAt } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import {
  assertAbsent,
  chooseFromMenu,
  createStep,
  createUser,
  ensureProject,
  follow,
  openAdministrator,
  openUser,
  pushImage,
} from './journey.ts';
import type { PortalWorld } from './portal-world.ts';

const PROJECT = 'harbour';
const HIDDEN = 'not-for-guests';

/** What a project is for: its people, its robots, its tags and what was deleted. */
export function createProjectSteps(context: Context): Step[] {
  const step = (name: string, run: (world: PortalWorld) => Promise<void>) =>
    createStep(context, name, async (world) => {
      await ensureProject(world, PROJECT);
      await run(world);
    });
  return [
    step('add a member, and see as that member what guests may not do', addMember),
    step('make a robot, copy its secret and push with it', useRobot),
    step('a tag that was moved goes back by its history', restoreTag),
    step('a deleted artifact comes back with its tag', restoreArtifact),
    step('Ctrl+K, a tag and Enter lead to the artifact', usePalette),
    step("addresses of Harbor's portal lead to the same things", followHarbor),
  ];
}

async function addMember(world: PortalWorld): Promise<void> {
  await ensureProject(world, HIDDEN);
  await createUser(world, 'gwen');
  await pushImage(world, `${PROJECT}/members:1`);
  const { page, visit } = await openAdministrator(world);
  await visit(`/p/${PROJECT}/members`);
  await page.getByRole('button', { name: 'Add member' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add member' });
  await dialog.getByRole('combobox', { name: 'User name' }).fill('gwe');
  await page.getByRole('option', { name: 'gwen' }).click();
  await dialog.getByRole('radio', { name: 'Guest', exact: true }).check();
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('row', { name: /gwen/ }).waitFor();
  await lookAsGuest(world);
}

async function lookAsGuest(world: PortalWorld): Promise<void> {
  const { page, visit, close } = await openUser(world, 'gwen');
  await visit(`/p/${PROJECT}`);
  await page.getByText('Your role: Guest').waitFor();
  await page.getByRole('link', { name: 'members', exact: true }).waitFor();
  await assertAbsent(page.getByRole('button', { name: 'Push commands' }), 'push commands');
  await assertAbsent(page.getByRole('checkbox'), 'rows to delete');
  await assertAbsent(page.getByRole('link', { name: 'Users', exact: true }), 'administration');
  const tabs = page.getByRole('navigation', { name: 'Pages of the project' });
  await assertAbsent(tabs.getByRole('link', { name: 'Webhooks' }), 'webhooks');
  await visit(`/p/${PROJECT}/members`);
  await page.getByRole('row', { name: /gwen/ }).waitFor();
  await assertAbsent(page.getByRole('button', { name: 'Add member' }), 'adding members');
  await visit(`/p/${PROJECT}/r/members:1`);
  await assertAbsent(page.getByRole('button', { name: 'Delete', exact: true }), 'deleting');
  for (const path of [`/p/${HIDDEN}`, '/admin/users']) {
    await visit(path);
    await page.getByRole('heading', { level: 1, name: 'You may not see this' }).waitFor();
  }
  await close();
}

async function useRobot(world: PortalWorld): Promise<void> {
  const { page, visit, browser } = await openAdministrator(world);
  await browser.grantPermissions(['clipboard-read', 'clipboard-write']);
  const copy = async (dialog: Locator, what: string): Promise<string> => {
    await dialog.getByRole('button', { name: `Copy: ${what}`, exact: true }).click();
    return String(await page.evaluate('navigator.clipboard.readText()'));
  };
  await visit(`/p/${PROJECT}/robots`);
  await page.getByRole('button', { name: 'New robot account' }).first().click();
  const form = page.getByRole('dialog', { name: 'New robot account' });
  await form.getByLabel('Name').fill('ci');
  await form.getByRole('button', { name: 'Next' }).click();
  await form.getByRole('button', { name: 'Push and pull' }).click();
  await form.getByRole('button', { name: 'Create' }).click();
  const secret = page.getByRole('dialog', { name: /^Secret of / });
  await secret.getByText('This secret is shown only now.').waitFor();
  const name = await copy(secret, 'Name');
  const login = `${name}:${await copy(secret, 'Secret')}`;
  await secret.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('row', { name: new RegExp(`${PROJECT}\\+ci`) }).waitFor();
  const { digest } = await pushImage(world, `${PROJECT}/by-robot:1`, login);
  assertEqual(await digestOf(world, 'by-robot', '1'), digest, 'what the robot pushed');
  await visit(`/p/${PROJECT}/r/by-robot`);
  await page.getByText(`by ${name}`).first().waitFor();
}

async function restoreTag(world: PortalWorld): Promise<void> {
  const before = await pushImage(world, `${PROJECT}/moved:stable`);
  const after = await pushImage(world, `${PROJECT}/moved:stable`);
  assertEqual(await digestOf(world, 'moved', 'stable'), after.digest, 'after the second push');
  const { page, visit } = await openAdministrator(world);
  await visit(`/p/${PROJECT}/r/moved`);
  await chooseFromMenu(page, 'stable', 'History and restore');
  const dialog = page.getByRole('dialog', { name: 'History of stable' });
  await dialog.getByText('(now)').waitFor();
  await dialog.getByRole('button', { name: /^Restore/ }).click();
  await page.getByText('stable is back').waitFor();
  assertEqual(await digestOf(world, 'moved', 'stable'), before.digest, 'after going back');
}

async function restoreArtifact(world: PortalWorld): Promise<void> {
  const { digest } = await pushImage(world, `${PROJECT}/lost:1`);
  const { page, visit } = await openAdministrator(world);
  await visit(`/p/${PROJECT}/r/lost:1`);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const question = page.getByRole('dialog', { name: /^Delete lost@/ });
  await question.getByRole('button', { name: 'Delete', exact: true }).click();
  await question.waitFor({ state: 'hidden' });
  await world.api('GET', `${repository('lost')}/artifacts/${digest}`, 404);
  await visit(`/p/${PROJECT}/deleted`);
  await page.getByRole('button', { name: `Restore: ${PROJECT}/lost@`, exact: false }).click();
  const dialog = page.getByRole('dialog', { name: 'Bring back 1 artifact?' });
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await page.getByText('1 item done').waitFor();
  assertEqual(await digestOf(world, 'lost', '1'), digest, 'what came back');
}

async function usePalette(world: PortalWorld): Promise<void> {
  await pushImage(world, `${PROJECT}/found:lighthouse-7`);
  const { page, visit } = await openAdministrator(world);
  await visit('/projects');
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Find anything' });
  await dialog.locator('input:focus').waitFor();
  await page.keyboard.type('lighthouse');
  await dialog.getByRole('option', { name: `${PROJECT}/found:lighthouse-7` }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/p/${PROJECT}/r/found:lighthouse-7`);
  await page.getByRole('tab', { name: 'Layers' }).waitFor();
}

async function followHarbor(world: PortalWorld): Promise<void> {
  const id = await ensureProject(world, PROJECT);
  const { digest } = await pushImage(world, `${PROJECT}/deep/link:1`);
  const { page, visit } = await openAdministrator(world);
  const project = `/harbor/projects/${id}`;
  await visit(`${project}/repositories/deep%252Flink/artifacts-tab/artifacts/${digest}`);
  await page.waitForURL(`**/p/${PROJECT}/r/deep/link@${digest}`);
  await page.getByRole('tab', { name: 'Layers' }).waitFor();
  await visit(`${project}/members`);
  await page.waitForURL(`**/p/${PROJECT}/members`);
  await visit(`${project}/repositories`);
  await page.waitForURL(`**/p/${PROJECT}`);
  await follow(page, page.getByRole('link', { name: 'deep/link', exact: true }));
}

function repository(name: string): string {
  return `/api/v2.0/projects/${PROJECT}/repositories/${name}`;
}

async function digestOf(world: PortalWorld, name: string, tag: string): Promise<string> {
  const answer = await world.api('GET', `${repository(name)}/artifacts/${tag}`, 200);
  return textAt(answer, 'digest');
}
