import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { assertEqual } from '../clients/assertion.ts';
import type { Context } from '../clients/context.ts';
import { startBerth } from '../clients/registry.ts';

/** The portal of a Berth of its own, in Debian's Chromium. */
export interface PortalWorld {
  readonly context: Context;
  /** Without a slash at its end. */
  readonly url: string;
  /** `host:port`, the registry part of a reference. */
  readonly host: string;
  readonly dataDir: string;
  /** The password that the registry made up at its first start. */
  readonly firstPassword: string;
  /** The administrator's; changed by the journey that chooses one. */
  password: string;
  /** Management API as the administrator. @throws Error unless it has `status` */
  api(method: string, path: string, status: number, body?: unknown): Promise<unknown>;
  /** Someone's browser: a profile of its own. */
  openBrowser(options?: BrowserContextOptions): Promise<Visitor>;
  restart(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** What all browsers show, for the report of a failure. */
  describePages(): Promise<string>;
}

/** A browser with a page, and what it complained of. */
export interface Visitor {
  readonly page: Page;
  readonly browser: BrowserContext;
  /** Errors of the console and exceptions, beside those of refusals that a test provoked. */
  readonly complaints: string[];
  /** Goes to a page of the portal and waits until it is drawn. */
  visit(path: string): Promise<void>;
  signIn(username: string, password: string): Promise<void>;
  close(): Promise<void>;
}

const sourceRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const opened = new WeakMap<Context, Promise<PortalWorld>>();

/** The one world of a run, started when it is first asked for. */
export function openPortalWorld(context: Context): Promise<PortalWorld> {
  const world = opened.get(context) ?? startWorld(context, 'portal');
  opened.set(context, world);
  return world;
}

/** Before a registry starts that is to show the portal as it is now. */
export async function buildPortal(context: Context): Promise<void> {
  await context.run([process.execPath, 'scripts/build-portal.ts', '--if-stale'], {
    cwd: sourceRoot,
  });
}

/** A registry of its own, with its data below the directory of that name. */
export async function startWorld(context: Context, name: string): Promise<PortalWorld> {
  await buildPortal(context);
  const directory = await context.directory(name);
  const dataDir = join(directory, 'data');
  const cleanup = new AsyncDisposableStack();
  context.defer(() => cleanup.disposeAsync());
  const registry = await startBerth({
    sourceRoot,
    dataDir,
    env: { ...process.env, BERTH_EGRESS_NETWORKS: '127.0.0.0/8' },
    cleanup,
  });
  const browser = await launchChromium(context.tool('chromium'), directory);
  cleanup.defer(() => browser.close());
  const firstPassword = (await readFile(join(dataDir, 'admin-password'), 'utf8')).trim();
  const world: PortalWorld = {
    context,
    url: registry.url,
    host: registry.host,
    dataDir,
    firstPassword,
    password: firstPassword,
    api: (method, path, status, body) => callApi(world, method, path, status, body),
    openBrowser: (options) => openVisitor(browser, registry.url, options),
    restart: async (settings) => registry.restart?.(settings),
    describePages: () => describePages(browser),
  };
  return world;
}

/** Chromium, with what it keeps below the directory. */
export async function launchChromium(program: string, directory: string): Promise<Browser> {
  const home = join(directory, 'chromium');
  await mkdir(home, { recursive: true });
  return chromium.launch({
    executablePath: program,
    env: { ...process.env, HOME: home, TMPDIR: home },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What all pages of a browser show, for the report of a failure. */
export async function describePages(browser: Browser): Promise<string> {
  const pages = browser.contexts().flatMap((context) => context.pages());
  const shown = pages.map(async (page) => {
    const text = await page.locator('body').ariaSnapshot({ timeout: 5_000 });
    return `${page.url()} shows\n${text.slice(0, 6_000)}`;
  });
  return (await Promise.allSettled(shown))
    .map((told) => (told.status === 'fulfilled' ? told.value : String(told.reason)))
    .join('\n');
}

/** Management API as the administrator. @throws Error unless it has `status` */
export async function callApi(
  { url, password }: Pick<PortalWorld, 'url' | 'password'>,
  method: string,
  path: string,
  status: number,
  body?: unknown,
): Promise<unknown> {
  const login = Buffer.from(`admin:${password}`).toString('base64');
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Basic ${login}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assertEqual(response.status, status, `${method} ${path}: ${text.slice(0, 300)}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Time that anything on a page may take to appear on a busy machine. */
const PATIENCE_MS = 20_000;

/** Someone's browser before the portal at `url`: a profile of its own. */
export async function openVisitor(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'en-US',
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  async function visit(path: string): Promise<void> {
    await page.goto(path);
    await settled(page);
  }
  return {
    page,
    browser: context,
    complaints,
    visit,
    async signIn(username, password) {
      await page.goto('/account/sign-in');
      await page.getByLabel('Username').fill(username);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.waitForURL((address) => !address.pathname.endsWith('/sign-in'));
      await settled(page);
    },
    close: () => context.close(),
  };
}

/** Until the page has its heading and nothing on it is loading any more. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  const loading = page.getByRole('status', { name: /^(Loading|加载中)$/ });
  // The page's policy forbids the evaluation that waitForFunction does.
  await loading.first().waitFor({ state: 'detached' });
}
