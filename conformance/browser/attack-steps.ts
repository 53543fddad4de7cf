import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import {
  API_PAGE,
  type BrowserContext,
  findCookie,
  lastDocument,
  logInAtProvider,
  SESSION,
  whoIs,
} from './context.ts';
import type { Page } from './page.ts';

/** None of these may lead anywhere after a login; as they stand in a query. */
const REDIRECTS = [
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  '/%5Cevil.test',
  '/%255Cevil.test',
  '/%2Fevil.test',
  '/%252F%252Fevil.test',
  '/.//evil.test',
  '/..//evil.test',
  '/a/..//evil.test',
  '/%09/evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  'https://evil.test',
  'https:evil.test',
  'evil.test',
  '@evil.test',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '/\u2215evil.test',
  ' //evil.test',
];

/** Logins that somebody else began, changed or recorded. */
export function createAttackSteps(context: BrowserContext): Step[] {
  const { home } = context;
  return [
    {
      name: 'an answer of the provider counts in the browser that asked, unchanged and once',
      async run() {
        const first = await context.openPage();
        const callback = await catchCallback(context, first);
        const changed = new URL(callback);
        changed.searchParams.set('state', 'x'.repeat(43));
        await refuse(first, changed);
        changed.searchParams.delete('state');
        await refuse(first, changed);
        await first.goTo(callback.href);
        await first.waitForUrl(`${home}${API_PAGE}`);
        assertEqual(await whoIs(first), 'ann', 'who asked');
        await first.goTo(callback.href);
        assertEqual(lastDocument(first).status, 400, 'the answer once more');
        assertEqual(await whoIs(first), 'ann', 'who asked, after that');
      },
    },
    {
      name: 'an answer is worth nothing in another browser, with or without a login under way',
      async run() {
        const callback = await catchCallback(context, await context.openPage());
        const second = await context.openPage();
        await refuse(second, callback);
        await second.goTo(`${home}/c/oidc/login`);
        assertEqual((await findCookie(second, 'oidc_flow')) !== undefined, true, 'its own flow');
        await refuse(second, callback);
        await second.setCookie(home, 'oidc_flow', 'made-up');
        await refuse(second, callback);
      },
    },
    {
      name: 'no redirect_url leads away',
      async run() {
        const page = await context.openPage();
        for (const text of REDIRECTS) {
          await page.goTo(`${home}/c/oidc/login?redirect_url=${encodeURIComponent(text)}`);
          assertEqual(lastDocument(page).status, 400, `status for ${JSON.stringify(text)}`);
          assertEqual(await page.evaluate('location.origin'), home, text);
          assertEqual(await page.cookies(), [], `cookies for ${JSON.stringify(text)}`);
        }
        assertEqual(page.dialogs, [], 'dialogs');
      },
    },
  ];
}

/** Logs ann in up to the answer, which never reaches the registry. */
async function catchCallback(context: BrowserContext, page: Page): Promise<URL> {
  const url = await page.intercept(`${context.home}/c/oidc/callback*`, () =>
    logInAtProvider(context, page, 'ann'),
  );
  return new URL(url);
}

async function refuse(page: Page, callback: URL): Promise<void> {
  await page.goTo(callback.href);
  assertEqual(lastDocument(page).status, 400, `status of ${callback.search}`);
  assertEqual(await findCookie(page, SESSION), undefined, 'session');
}
