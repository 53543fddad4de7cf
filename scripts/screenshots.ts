// Draws the main screens of the portal for the documents: `npm run screenshots`.
//
//   --only tags,chart   only these
//
// A registry of its own is started in a temporary directory and filled; Debian's Chromium draws.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { startBerth } from '../conformance/clients/registry.ts';
import { ensureInstalled } from '../conformance/clients/tools.ts';
import { ageRegistry } from '../conformance/portal/age.ts';
import {
  callApi,
  launchChromium,
  openVisitor,
  type Visitor,
} from '../conformance/portal/portal-world.ts';
import { seedRegistry } from '../conformance/portal/seed.ts';

interface Shot {
  readonly name: string;
  readonly path: string;
  /** Until what is to be seen is there. */
  readonly shows: string;
}

const SHOTS: readonly Shot[] = [
  { name: 'dashboard', path: '/', shows: 'payments' },
  { name: 'projects', path: '/projects', shows: 'payments' },
  { name: 'repositories', path: '/p/payments', shows: 'worker' },
  { name: 'tags', path: '/p/payments/r/api', shows: 'v2.10.0' },
  { name: 'image', path: '/p/platform/r/base-node:26?tab=layers', shows: 'install-node' },
  { name: 'chart', path: '/p/platform/r/charts/gateway:4.2.0?tab=readme', shows: 'Install' },
  { name: 'members', path: '/p/payments/members', shows: 'anna' },
  { name: 'robots', path: '/p/payments/robots', shows: 'ci' },
  { name: 'retention', path: '/p/payments/retention', shows: 'v*' },
  { name: 'garbage-collection', path: '/admin/gc', shows: 'Succeeded' },
  { name: 'quotas', path: '/admin/quotas', shows: 'payments' },
];

const sourceRoot = join(import.meta.dirname, '..');
const target = join(sourceRoot, 'docs', 'images');
const { values: options } = parseArgs({ options: { only: { type: 'string' } } });
const only = options.only?.split(',');
await main();

async function main(): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'berth-screenshots-'));
  cleanup.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  const tools = await ensureInstalled(new Set(['chromium']), join(sourceRoot, '.berth', 'tools'));
  const chromium = tools.paths.get('chromium');
  if (chromium === undefined) throw new Error(tools.reasons.get('chromium'));
  const dataDir = join(directory, 'data');
  const password = `Aa1${randomBytes(12).toString('hex')}`;
  const env = { PATH: process.env['PATH'] ?? '', BERTH_EGRESS_NETWORKS: '127.0.0.0/8' };
  const { url } = await startBerth({ sourceRoot, dataDir, password, env, cleanup });
  console.log('screenshots: filling a registry …');
  await seedRegistry({
    url,
    password,
    language: 'en',
    api: (...request) => callApi({ url, password }, ...request),
  });
  await ageRegistry(dataDir);
  const browser = await launchChromium(chromium, directory);
  cleanup.defer(() => browser.close());
  const visitor = await openVisitor(browser, url, { viewport: { width: 1280, height: 800 } });
  await visitor.signIn('admin', password);
  await mkdir(target, { recursive: true });
  for (const shot of SHOTS) {
    if (only?.includes(shot.name) ?? true) await draw(visitor, shot);
  }
}

async function draw({ page, visit }: Visitor, { name, path, shows }: Shot): Promise<void> {
  await visit(path);
  await page.getByRole('main').getByText(shows).first().waitFor();
  for (const scheme of ['light', 'dark']) {
    await wear(page, scheme);
    const file = join(target, `${name}-${scheme}.png`);
    await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
    console.log(`docs/images/${name}-${scheme}.png`);
  }
}

/** As the switch of the portal does, without going through its menu. */
async function wear(page: Page, scheme: string): Promise<void> {
  await page.evaluate(`document.documentElement.dataset.mantineColorScheme = '${scheme}'`);
}
