import { randomBytes } from 'node:crypto';
import { assertEqual, assertIncludes } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import {
  API_PAGE,
  assertQuiet,
  type BrowserContext,
  callFrom,
  lastDocument,
  logIn,
} from './context.ts';
import { asProperties, textOf } from './devtools.ts';
import type { Page } from './page.ts';

const MARKUP = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(2)>',
  '"><svg onload=alert(3)>',
  "'-alert(4)-'",
  '</script><script>alert(5)</script>',
  '</textarea><iframe srcdoc="<script>parent.alert(6)</script>">',
  'javascript:alert(7)',
  '{{constructor.constructor("alert(8)")()}}',
  '[x](javascript:alert(9))',
  '</pre><details open ontoggle=alert(10)>',
] as const;

/** Requests that answer with what they were asked; pages of the portal have a suite of their own. */
const ECHOES = [
  '/api/v2.0/projects/',
  '/api/v2.0/projects?name=',
  '/api/v2.0/projects?q=name%3D',
  '/api/v2.0/projects?sort=',
  '/api/v2.0/users/search?username=',
  '/api/v2.0/search?q=',
  '/api/v2.0/audit-logs?q=username%3D',
  '/api/v2.0/',
  '/v2/',
  '/c/oidc/login?redirect_url=',
  '/c/oidc/callback?state=x&error_description=x&error=',
  `${API_PAGE}/`,
] as const;

const LISTS = [
  '/robots?page_size=100',
  '/users?page_size=100',
  '/usergroups?page_size=100',
  '/audit-logs?page_size=100',
] as const;

/** The page that shows the API, and markup that users leave behind. */
export function createPageSteps(context: BrowserContext): Step[] {
  return [
    {
      name: 'the API page keeps to its policy and creates a project with its CSRF token',
      run: () => checkApiPage(context),
    },
    {
      name: 'the API page shows markup in answers as text',
      run: () => checkShownAnswer(context),
    },
    {
      name: 'markup in names, descriptions and addresses is never HTML',
      run: () => checkAnswers(context),
    },
  ];
}

async function openApiPage({ clients, home, openPage }: BrowserContext): Promise<Page> {
  const page = await openPage();
  await page.goTo(`${home}${API_PAGE}`);
  await logIn(page, clients.registry.username, clients.registry.password);
  await page.goTo(`${home}${API_PAGE}`);
  await page.waitFor(`document.querySelectorAll('.opblock-tag').length > 5`);
  return page;
}

/** Unfolds an operation so that it can be tried; gives the selector of its block. */
async function tryOut(page: Page, tag: string, operation: string): Promise<string> {
  const block = `[id="operations-${tag}-${operation}"]`;
  await page.click(`[id="operations-tag-${tag}"]`);
  await page.click(`${block} .opblock-summary-control`);
  await page.click(`${block} .try-out__btn`);
  return block;
}

async function execute(page: Page, block: string): Promise<string> {
  await page.click(`${block} .execute`);
  const status = `document.querySelector('${block} .live-responses-table .response .response-col_status')`;
  await page.waitFor(`${status} !== null`);
  return String(await page.evaluate(`${status}.innerText.trim().slice(0, 3)`));
}

async function checkApiPage(context: BrowserContext): Promise<void> {
  const { admin } = context;
  const page = await openApiPage(context);
  const name = `browser-${randomBytes(4).toString('hex')}`;
  const policy = lastDocument(page).headers.get('content-security-policy') ?? '';
  assertEqual(policy.includes('unsafe'), false, `unsafe in ${policy}`);
  assertIncludes(policy, "default-src 'none'", 'the policy');
  const block = await tryOut(page, 'project', 'createProject');
  await page.type(`${block} textarea`, JSON.stringify({ project_name: name }));
  assertEqual(await execute(page, block), '201', 'status of the new project');
  assertQuiet(page);
  // The same without the token, to see that it was the token.
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ project_name: `${name}-2` });
  const { status } = await callFrom(page, 'POST', '/api/v2.0/projects', { headers, body });
  assertEqual(status, 403, 'status without a token');
  assertEqual((await admin('DELETE', `/api/v2.0/projects/${name}`)).status, 200, 'its deletion');
}

async function leaveMarkup({ admin, clients }: BrowserContext): Promise<string[]> {
  const made: string[] = [];
  const suffix = randomBytes(3).toString('hex');
  const permissions = [
    { kind: 'system', namespace: '/', access: [{ resource: 'project', action: 'list' }] },
  ];
  for (const [index, text] of MARKUP.entries()) {
    const name = `browser-${suffix}-${index}`;
    const robot = { name, description: text, level: 'system', duration: 1, permissions };
    const answer = await admin('POST', '/api/v2.0/robots', robot);
    assertEqual(answer.status, 201, `a robot about ${text}`);
    made.push(`/api/v2.0/robots/${String(asProperties(answer.json)['id'])}`);
    await admin('POST', '/api/v2.0/usergroups', { group_name: `${text}${suffix}`, group_type: 2 });
    // Tried with a name that is none, which the audit log may keep.
    await fetch(`${clients.registry.url}/c/login`, {
      method: 'POST',
      body: new URLSearchParams({ principal: text, password: 'x' }),
    });
  }
  return made;
}

async function checkShownAnswer(context: BrowserContext): Promise<void> {
  const made = await leaveMarkup(context);
  const page = await openApiPage(context);
  const block = await tryOut(page, 'robot', 'ListRobot');
  assertEqual(await execute(page, block), '200', 'status of the list');
  const shown = String(
    await page.evaluate(`document.querySelector('${block} .live-responses-table').innerText`),
  );
  assertIncludes(shown, 'onerror=alert(2)', 'the list that is shown');
  const count = `document.querySelectorAll('[onerror], [onload], iframe, [src=x]').length`;
  assertEqual(await page.evaluate(count), 0, 'elements made of markup');
  assertQuiet(page);
  for (const path of made) await context.admin('DELETE', path);
}

async function checkAnswers(context: BrowserContext): Promise<void> {
  const made = await leaveMarkup(context);
  const page = await openApiPage(context);
  const echoes = ECHOES.flatMap((path) => MARKUP.map((text) => path + encodeURIComponent(text)));
  for (const path of [...LISTS.map((list) => `/api/v2.0${list}`), ...echoes]) {
    await page.goTo(`${context.home}${path}`);
    const { headers } = lastDocument(page);
    assertEqual(
      headers.get('x-content-type-options'),
      'nosniff',
      `x-content-type-options of ${path}`,
    );
    const type = textOf({ type: await page.evaluate('document.contentType') }, 'type');
    assertEqual(type, 'application/json', `type of ${path}`);
    const count = `document.querySelectorAll('script, img, svg, iframe, details').length`;
    assertEqual(await page.evaluate(count), 0, `elements of ${path}`);
  }
  assertEqual(page.dialogs, [], 'dialogs');
  for (const path of made) await context.admin('DELETE', path);
}
