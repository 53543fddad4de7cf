import { randomBytes } from 'node:crypto';
import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import {
  type BrowserContext,
  callFrom,
  findCookie,
  logIn,
  PLAIN_PAGE,
  SESSION,
  whoIs,
} from './context.ts';
import { asList, textOf } from './devtools.ts';
import type { Page } from './page.ts';

const SESSIONS = '/api/v2.0/users/current/sessions';

export const LOCAL_USERS = ['browser-victim', 'browser-mallory'] as const;

/** Local users in several browsers. */
export function createSessionSteps(context: BrowserContext): Step[] {
  const [victim, mallory] = LOCAL_USERS;
  const password = `Aa1${randomBytes(9).toString('hex')}`;
  const openHome = async () => {
    const page = await context.openPage();
    await page.goTo(`${context.home}${PLAIN_PAGE}`);
    return page;
  };
  return [
    {
      name: 'a login takes no session that was there before',
      async run() {
        await createUsers(context, password);
        const page = await openHome();
        const made = 'A'.repeat(43);
        await page.setCookie(context.home, SESSION, made);
        await logIn(page, victim, password);
        assertEqual((await getSecret(page)) === made, false, 'the made-up secret is kept');
        assertEqual(await whoIs(page), victim, 'who logged in');
      },
    },
    {
      name: "a login in somebody else's session ends that one",
      async run() {
        const [page, other] = [await openHome(), await openHome()];
        await logIn(other, mallory, password);
        const planted = await getSecret(other);
        await page.setCookie(context.home, SESSION, planted);
        await logIn(page, victim, password);
        assertEqual((await getSecret(page)) === planted, false, 'the planted secret is kept');
        assertEqual(await whoIs(page), victim, 'who logged in');
        assertEqual(await whoIs(other), 401, 'who planted it');
      },
    },
    {
      name: 'one browser lists and ends the sessions of the others',
      async run() {
        const [page, other] = [await openHome(), await openHome()];
        await logIn(page, victim, password);
        await logIn(other, victim, password);
        const { csrf, json } = await callFrom(other, 'GET', SESSIONS);
        const own = asList(json).find(({ current }) => current === true);
        if (own === undefined) throw new Error('the list has not the own session');
        const path = `${SESSIONS}/${textOf(own, 'id')}`;
        const withToken = async (from: Page) => {
          const { csrf: token } = await callFrom(from, 'GET', SESSIONS);
          return { headers: { 'x-harbor-csrf-token': token } };
        };
        assertEqual((await callFrom(page, 'DELETE', path)).status, 403, 'without a token');
        const foreign = { headers: { 'x-harbor-csrf-token': csrf } };
        assertEqual((await callFrom(page, 'DELETE', path, foreign)).status, 403, 'its token');
        assertEqual(await whoIs(other), victim, 'the other browser before');
        const ended = await callFrom(page, 'DELETE', path, await withToken(page));
        assertEqual(ended.status, 200, 'the end of the other session');
        assertEqual(await whoIs(other), 401, 'the other browser after');
        assertEqual(await whoIs(page), victim, 'this browser');
      },
    },
  ];
}

async function createUsers({ admin }: BrowserContext, password: string): Promise<void> {
  for (const username of LOCAL_USERS) {
    const person = { username, password, realname: username, email: `${username}@example.com` };
    assertEqual((await admin('POST', '/api/v2.0/users', person)).status, 201, username);
  }
}

async function getSecret(page: Page): Promise<string> {
  const cookie = await findCookie(page, SESSION);
  if (cookie === undefined) throw new Error('there is no session');
  return cookie.value;
}
