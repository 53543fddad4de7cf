import { setTimeout as sleep } from 'node:timers/promises';
import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import {
  API_PAGE,
  type BrowserContext,
  findCookie,
  lastDocument,
  logIn,
  PLAIN_PAGE,
  SESSION,
  whoIs,
} from './context.ts';
import { asList, asProperties } from './devtools.ts';
import { type HostileSite, startHostileSite } from './hostile-site.ts';
import type { Page } from './page.ts';

interface Operation {
  readonly method: string;
  readonly path: string;
}

/** All that an administrator could be made to change. */
const STATE = [
  '/configurations',
  '/users?page_size=100',
  '/projects?page_size=100',
  '/projects/library',
  '/projects/library/members',
  '/robots',
  '/usergroups',
  '/quotas',
  '/system/CVEAllowlist',
  '/users/current/tokens',
] as const;

/** What stands for the names in paths: things that exist. */
const REPORT_MS = 5_000;
const PROJECT = /^\{project_name(?:_or_id)?\}$/;

/** Pages of others, opened by an administrator who is logged in. */
export function createCrossSiteSteps(context: BrowserContext): Step[] {
  let site: HostileSite | undefined;
  const getSite = async () => {
    site ??= await startSite(context);
    return site;
  };
  return (['sameSite', 'otherSite'] as const).flatMap((kind) => {
    const where = kind === 'sameSite' ? 'on another port' : 'of another site';
    const open = async () => (await getSite())[kind];
    return [...createRequestSteps(context, where, open), ...createLoginSteps(context, where, open)];
  });
}

async function startSite({ clients }: BrowserContext): Promise<HostileSite> {
  const site = await startHostileSite();
  clients.defer(site.stop);
  return site;
}

function createRequestSteps(
  context: BrowserContext,
  where: string,
  open: () => Promise<string>,
): Step[] {
  const run = (attack: (page: Page, origin: string, all: Operation[]) => Promise<void>) => () =>
    withVictim(context, async (page) => {
      const origin = await open();
      await page.goTo(origin);
      await attack(page, origin, await listOperations(context));
    });
  return [
    {
      name: `forms of a page ${where} are refused by every route`,
      run: run(async (page, origin, all) => {
        const paths = all.filter(({ method }) => method === 'POST');
        assertEqual(paths.length > 8, true, 'there are routes to try');
        for (const { path } of paths) await submitForms(page, context.home, origin, path);
      }),
    },
    {
      name: `fetch with credentials from a page ${where} is refused, and reads nothing`,
      run: run((page, _origin, all) => fetchAll(page, context.home, all)),
    },
    {
      name: `images and links of a page ${where} change nothing`,
      run: run(async (page, origin, all) => {
        const urls = all.filter(({ method }) => method === 'GET');
        await loadImages(page, context.home, urls);
        for (const path of ['/c/log_out', '/c/oidc/logout']) {
          await page.goTo(origin);
          await page.evaluate(`location.assign(${JSON.stringify(context.home + path)})`);
          await page.waitForUrl(context.home + path);
          assertEqual(lastDocument(page).status, 403, `a link to ${path}`);
        }
      }),
    },
  ];
}

function createLoginSteps(
  context: BrowserContext,
  where: string,
  open: () => Promise<string>,
): Step[] {
  const { home } = context;
  return [
    {
      name: `a page ${where} logs nobody in`,
      async run() {
        const page = await context.openPage();
        const { username, password } = context.clients.registry;
        await page.goTo(await open());
        await submit(page, `${home}/c/login`, 'application/x-www-form-urlencoded', {
          principal: username,
          password,
        });
        assertEqual(lastDocument(page).status, 403, 'status of the login');
        assertEqual(await findCookie(page, SESSION), undefined, 'session');
      },
    },
    {
      name: `a page ${where} frames nothing that can be clicked`,
      async run() {
        const page = await context.openPage();
        await page.goTo(await open());
        await page.evaluate(`new Promise((resolve) => {
          const frame = document.createElement('iframe');
          frame.onload = resolve;
          frame.src = ${JSON.stringify(home + API_PAGE)};
          document.body.append(frame);
        })`);
        const refusal = page.errors.find((text) => text.includes('frame-ancestors'));
        assertEqual(refusal !== undefined, true, `a refusal in ${page.errors.join('; ')}`);
      },
    },
  ];
}

/** The administrator's browser; afterwards all is as it was, and the session goes on. */
async function withVictim(
  context: BrowserContext,
  attack: (page: Page) => Promise<void>,
): Promise<void> {
  const { home, clients } = context;
  const page = await context.openPage();
  await page.goTo(`${home}${PLAIN_PAGE}`);
  await logIn(page, clients.registry.username, clients.registry.password);
  const [before, cookie] = [await readState(context), await findCookie(page, SESSION)];
  await attack(page);
  assertEqual(await findCookie(page, SESSION), cookie, 'the session cookie');
  assertEqual(await readState(context), before, 'the state');
  await page.goTo(`${home}${PLAIN_PAGE}`);
  assertEqual(await whoIs(page), clients.registry.username, 'who is logged in');
}

async function readState({ admin }: BrowserContext): Promise<unknown[]> {
  const state: unknown[] = [];
  for (const path of STATE) {
    const { status, json } = await admin('GET', `/api/v2.0${path}`);
    assertEqual(status, 200, `reading ${path}`);
    state.push(json);
  }
  const { json } = await admin('GET', '/api/v2.0/users/current/sessions');
  state.push(asList(json).map(({ id }) => id));
  return state;
}

async function listOperations({ admin }: BrowserContext): Promise<Operation[]> {
  const { json } = await admin('GET', '/api/v2.0/openapi.json');
  const paths = Object.entries(asProperties(asProperties(json)['paths']));
  return paths.flatMap(([template, item]) => {
    const path = template.replaceAll(/\{\w+\}/g, (name) => (PROJECT.test(name) ? 'library' : '1'));
    const methods = Object.keys(asProperties(item)).filter((method) => method !== 'parameters');
    return methods.map((method) => ({ method: method.toUpperCase(), path }));
  });
}

async function submitForms(page: Page, home: string, origin: string, path: string): Promise<void> {
  for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
    await page.goTo(origin);
    // As text it is JSON: the name ends where the value's = comes.
    const fields = { '{"project_name":"evil","username":"evil","a":"': '"}', principal: 'evil' };
    await submit(page, `${home}${path}`, type, fields);
    const { status, url } = lastDocument(page);
    const isRefused = status === 403 || (status === 415 && type === 'text/plain');
    assertEqual({ url, isRefused }, { url: `${home}${path}`, isRefused: true }, `${status}`);
  }
}

async function submit(
  page: Page,
  action: string,
  enctype: string,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  await page.evaluate(`(() => {
    const form = document.createElement('form');
    Object.assign(form, ${JSON.stringify({ action, enctype, method: 'post' })});
    for (const [name, value] of Object.entries(${JSON.stringify(fields)})) {
      form.append(Object.assign(document.createElement('input'), { name, value }));
    }
    document.body.append(form);
    form.submit();
  })()`);
  await page.waitForUrl(action);
}

async function fetchAll(page: Page, home: string, all: readonly Operation[]): Promise<void> {
  page.exchanges.length = 0;
  const readable = await page.evaluate(`Promise.all(${JSON.stringify(all)}.map(
    async ({ method, path }) => {
      const url = ${JSON.stringify(home)} + path;
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = method === 'GET' || method === 'HEAD' ? undefined : 'username=evil';
      const options = { method, body, headers, credentials: 'include', redirect: 'manual' };
      const simple = ['GET', 'HEAD', 'POST'].includes(method)
        ? await fetch(url, { ...options, mode: 'no-cors' }).catch(() => ({ type: 'error' }))
        : { type: 'error' };
      const cors = await fetch(url, options).then(() => true, () => false);
      return cors || !['opaque', 'opaqueredirect', 'error'].includes(simple.type) ? [path] : [];
    },
  )).then((paths) => paths.flat())`);
  assertEqual(readable, [], 'what the page could read');
  // The browser reports later than the page knows.
  const tried = all.filter(({ method }) => method === 'POST').length;
  const listPosts = () =>
    page.exchanges.filter(({ method, url }) => method === 'POST' && url.startsWith(home));
  const deadline = performance.now() + REPORT_MS;
  while (listPosts().length < tried && performance.now() < deadline) await sleep(50);
  const posts = listPosts();
  assertEqual(posts.length >= tried, true, `answers to POST, ${posts.length} for ${tried}`);
  const toUs = page.exchanges.filter(({ url }) => url.startsWith(home));
  const shared = toUs.filter(({ headers }) => headers.has('access-control-allow-origin'));
  assertEqual(shared.length, 0, `answers shared with other origins: ${shared[0]?.url}`);
  for (const { url, status } of posts) assertEqual(status, 403, `POST ${url}`);
  // Nothing else but questions whether it may.
  const others = toUs.filter(({ method }) => !['GET', 'HEAD', 'POST', 'OPTIONS'].includes(method));
  assertEqual(others.length, 0, `requests that were sent: ${others[0]?.method} ${others[0]?.url}`);
}

async function loadImages(page: Page, home: string, all: readonly Operation[]): Promise<void> {
  // A start of a login is for everybody, and harmless: without an answer nothing comes of it.
  const urls = all.filter(({ path }) => path !== '/c/oidc/login').map(({ path }) => home + path);
  await page.evaluate(`Promise.all(${JSON.stringify(urls)}.map((src) => new Promise((resolve) => {
    document.body.append(Object.assign(new Image(), { src, onload: resolve, onerror: resolve }));
  })))`);
}
