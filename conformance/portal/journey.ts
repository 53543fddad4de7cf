import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Locator, Page } from 'playwright-core';
import { assertEqual, listAt, numberAt } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import { type Layout, writeImageLayout } from '../clients/layout.ts';
import { createTar } from '../clients/tar.ts';
import { openPortalWorld, type PortalWorld, settled, type Visitor } from './portal-world.ts';
import { createReportedStep } from './reported-step.ts';

/** Password of everybody but the administrator. */
export const PASSWORD = 'Harbour-1792';

/** A step of a journey; when it fails, its report has what the browsers show. */
export function createStep(
  context: Context,
  name: string,
  run: (world: PortalWorld) => Promise<void>,
): Step {
  return createReportedStep(
    name,
    async () => run(await openPortalWorld(context)),
    async () => (await openPortalWorld(context)).describePages(),
  );
}

const administrators = new WeakMap<PortalWorld, Promise<Visitor>>();

/** The administrator's browser, the same for all steps; its password is chosen if it is not yet. */
export function openAdministrator(world: PortalWorld): Promise<Visitor> {
  const opening = administrators.get(world) ?? enter(world);
  administrators.set(world, opening);
  return opening;
}

async function enter(world: PortalWorld): Promise<Visitor> {
  await ensureChosenPassword(world);
  const visitor = await world.openBrowser();
  await visitor.signIn('admin', world.password);
  return visitor;
}

/** As the first journey does it, for when that was left out. */
export async function ensureChosenPassword(world: PortalWorld): Promise<void> {
  if (world.password !== world.firstPassword) return;
  const body = { old_password: world.firstPassword, new_password: PASSWORD };
  await world.api('PUT', '/api/v2.0/users/1/password', 200, body);
  world.password = PASSWORD;
}

/** Makes a private project, unless it is there. @returns its id */
export async function ensureProject(world: PortalWorld, name: string): Promise<number> {
  await ensureChosenPassword(world);
  const path = `/api/v2.0/projects?name=${name}`;
  const found = listAt(await world.api('GET', path, 200));
  if (found.length > 0) return numberAt(found, 0, 'project_id');
  const body = { project_name: name, metadata: { public: 'false' } };
  await world.api('POST', '/api/v2.0/projects', 201, body);
  return numberAt(await world.api('GET', path, 200), 0, 'project_id');
}

/** Makes a user with {@link PASSWORD}. */
export async function createUser(world: PortalWorld, username: string): Promise<void> {
  const email = `${username}@example.com`;
  const body = { username, email, realname: username, password: PASSWORD };
  await world.api('POST', '/api/v2.0/users', 201, body);
}

/** Someone's browser, signed in with {@link PASSWORD}. */
export async function openUser(world: PortalWorld, username: string): Promise<Visitor> {
  const visitor = await world.openBrowser();
  await visitor.signIn(username, PASSWORD);
  return visitor;
}

/** Pushes a new image with skopeo. @param reference `project/repository:tag` */
export async function pushImage(
  world: PortalWorld,
  reference: string,
  login = `admin:${world.password}`,
): Promise<Layout> {
  const { context, host } = world;
  const name = `portal/image-${randomBytes(4).toString('hex')}`;
  const layout = await writeImageLayout(await context.directory(name));
  const flags = ['--dest-tls-verify=false', '--dest-creds', login];
  const places = [`oci:${layout.directory}:1`, `docker://${host}/${reference}`];
  await context.run([context.tool('skopeo'), 'copy', ...flags, ...places]);
  return layout;
}

/** Uploads a chart by the classic API. */
export async function pushChart(
  world: PortalWorld,
  project: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const entries = Object.entries(files).map(([path, text]): [string, Buffer] => [
    path,
    Buffer.from(text),
  ]);
  const archive = gzipSync(createTar(new Map(entries)));
  await writeFile(join(await world.context.directory('portal'), 'chart.tgz'), archive);
  const form = new FormData();
  form.append('chart', new Blob([archive]), 'chart.tgz');
  const login = Buffer.from(`admin:${world.password}`).toString('base64');
  const response = await fetch(`${world.url}/api/chartrepo/${project}/charts`, {
    method: 'POST',
    headers: { authorization: `Basic ${login}` },
    body: form,
  });
  assertEqual(response.status, 201, `uploading a chart: ${await response.text()}`);
}

/** Goes to a page and waits until it hears of changes. */
export async function visitLive({ page, visit }: Visitor, path: string): Promise<void> {
  const stream = waitForStream(page, '');
  await visit(path);
  await stream;
}

/** Until the page hears of changes of a topic; to be called before what leads there. */
export function waitForStream(page: Page, topic: string): Promise<unknown> {
  const opening = page.waitForResponse((response) => {
    const { pathname, searchParams } = new URL(response.url());
    const topics = searchParams.get('topics')?.split(',') ?? [];
    return pathname.endsWith('/live') && topics.some((one) => one.startsWith(topic));
  });
  // Nobody may be waiting for it any more when it fails.
  opening.catch(() => {});
  return opening;
}

/** Leaves a mark in the page that a reload would wipe off, and says later whether it is there. */
export async function markPage(page: Page): Promise<() => Promise<void>> {
  const mark = randomBytes(4).toString('hex');
  await page.evaluate(`window.berthMark = '${mark}'`);
  return async () =>
    assertEqual(await page.evaluate('window.berthMark'), mark, 'the page that was opened');
}

/** Clicks on what leads to another page, and waits until it is drawn. */
export async function follow(page: Page, link: Locator): Promise<void> {
  const before = page.url();
  await link.click();
  await page.waitForURL((address) => address.href !== before);
  await settled(page);
}

/** Chooses from the menu of a row. */
export async function chooseFromMenu(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** Of what is there right now. @throws Error when it is */
export async function assertAbsent(locator: Locator, what: string): Promise<void> {
  assertEqual(await locator.count(), 0, what);
}
