import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import {
  API_PAGE,
  assertQuiet,
  type BrowserContext,
  callFrom,
  findCookie,
  lastDocument,
  logInAtProvider,
  SESSION,
  whoIs,
} from './context.ts';
import { asProperties, textOf } from './devtools.ts';
import type { Page } from './page.ts';

/** People of the provider: in, with a name of their choice, with a program, and out. */
export function createOidcSteps(context: BrowserContext): Step[] {
  let ann: Page | undefined;
  const getAnn = () => {
    if (ann === undefined) throw new Error('ann did not get in');
    return ann;
  };
  return [
    {
      name: 'a login at the provider comes back with a session and the rights of the group',
      async run() {
        const page = await context.openPage();
        await logInAtProvider(context, page, 'ann');
        await page.waitForUrl(`${context.home}${API_PAGE}`);
        await checkLoggedIn(page);
        assertQuiet(page, context.provider());
        ann = page;
      },
    },
    createOnboardingStep(context),
    {
      name: 'skopeo logs in with the CLI secret, and not with a wrong one',
      async run() {
        const { json } = await callFrom(getAnn(), 'GET', '/api/v2.0/users/current');
        const secret = textOf(asProperties(asProperties(json)['oidc_user_meta']), 'secret');
        await logInWithSkopeo(context, secret);
      },
    },
    {
      name: 'a logout ends the session here and the one at the provider',
      run: () => checkLogout(context, getAnn()),
    },
  ];
}

async function checkLoggedIn(page: Page): Promise<void> {
  assertEqual(lastDocument(page).status, 200, 'status of the page');
  const { httpOnly, sameSite } = (await findCookie(page, SESSION)) ?? {};
  assertEqual({ httpOnly, sameSite }, { httpOnly: true, sameSite: 'Lax' }, 'the cookie');
  assertEqual(await findCookie(page, 'oidc_flow'), undefined, 'cookie of the flow');
  assertEqual(await page.evaluate('document.cookie'), '', 'cookies that scripts see');
  const { json } = await callFrom(page, 'GET', '/api/v2.0/users/current');
  const { username, admin_role_in_auth: isAdmin, email } = asProperties(json);
  const expected = { username: 'ann', isAdmin: true, email: 'ann@example.com' };
  assertEqual({ username, isAdmin, email }, expected, 'the user');
  assertEqual((await callFrom(page, 'GET', '/api/v2.0/users')).status, 200, 'the list of users');
}

function createOnboardingStep(context: BrowserContext): Step {
  const { admin, home } = context;
  return {
    name: 'a new person chooses a name, which nobody has yet',
    async run() {
      await admin('PUT', '/api/v2.0/configurations', { oidc_auto_onboard: false });
      const page = await context.openPage();
      await logInAtProvider(context, page, 'bob');
      const { searchParams } = await page.waitForUrl(`${home}/oidc-onboard?`);
      const asked = Object.fromEntries(searchParams);
      assertEqual(asked, { username: 'bob', redirect_url: API_PAGE }, 'what the page is told');
      assertEqual((await findCookie(page, 'oidc_onboarding'))?.httpOnly, true, 'cookie');
      assertEqual(await findCookie(page, SESSION), undefined, 'session before the choice');
      for (const taken of ['admin', 'ann']) {
        assertEqual(await choose(page, taken), 409, `choosing ${taken}`);
      }
      for (const bad of ['', 'a,b', '<b>x</b>\u0000']) {
        assertEqual((await choose(page, bad)) >= 400, true, `choosing ${bad}`);
      }
      assertEqual(await findCookie(page, SESSION), undefined, 'session after refusals');
      assertEqual(await choose(page, 'bob-chosen'), 200, 'choosing a free name');
      assertEqual(await whoIs(page), 'bob-chosen', 'the user');
      assertEqual((await callFrom(page, 'GET', '/api/v2.0/users')).status, 403, 'list of users');
      assertEqual((await choose(page, 'bob-again')) >= 400, true, 'choosing once more');
      assertEqual(await whoIs(page), 'bob-chosen', 'the user in the end');
    },
  };
}

async function choose(page: Page, username: string): Promise<number> {
  const { csrf } = await callFrom(page, 'GET', '/api/v2.0/systeminfo');
  const headers = { 'content-type': 'application/json', 'x-harbor-csrf-token': csrf };
  const body = JSON.stringify({ username });
  return (await callFrom(page, 'POST', '/c/oidc/onboard', { headers, body })).status;
}

async function logInWithSkopeo({ clients }: BrowserContext, secret: string): Promise<void> {
  const authfile = `${await clients.directory('browser')}/skopeo.json`;
  const options = ['--tls-verify=false', '--authfile', authfile];
  const login = [clients.tool('skopeo'), 'login', ...options, '--username', 'ann'];
  const argv = [...login, '--password-stdin', clients.registry.host];
  await clients.refuse(argv, undefined, { input: `${secret}x` });
  await clients.run(argv, { input: secret });
}

async function checkLogout(context: BrowserContext, page: Page): Promise<void> {
  const { home, provider } = context;
  const { value } = (await findCookie(page, SESSION)) ?? { value: '' };
  const { status, json } = await callFrom(page, 'GET', '/c/log_out');
  assertEqual(status, 403, 'the plain logout');
  assertEqual(asProperties(json)['redirect_location'], `${home}/c/oidc/logout`, 'where to go');
  await page.evaluate(`location.assign('/c/oidc/logout')`);
  await page.waitForUrl(`${provider().issuer}/session/end`);
  await page.click('button[name=logout]');
  await page.waitForUrl(`${home}/account/sign-in`);
  assertEqual(await findCookie(page, SESSION), undefined, 'session');
  assertEqual(await whoIs(page), 401, 'the user');
  await page.setCookie(home, SESSION, value);
  assertEqual(await whoIs(page), 401, 'the user under the old cookie');
  await page.goTo(`${home}/c/oidc/login`);
  // It asks for the name again: its session is over as well.
  await page.waitForUrl(`${provider().issuer}/interaction/`);
}
