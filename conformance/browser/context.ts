import type { OidcProvider } from '../../server/test/oidc-provider.ts';
import { assertEqual } from '../clients/assertion.ts';
import type { Context } from '../clients/context.ts';
import { asProperties, type Properties } from './devtools.ts';
import type { Cookie, Exchange, Page } from './page.ts';

/** What the steps share. */
export interface BrowserContext {
  readonly clients: Context;
  /** Where browsers find the registry; of another site than the provider, if it is our own. */
  readonly home: string;
  /** As the administrator with Basic. */
  readonly admin: Caller;
  /** Each in a profile of its own. @throws StepSkipped where there is no browser */
  openPage(): Promise<Page>;
  /** @throws StepSkipped where it did not start */
  provider(): OidcProvider;
}

export interface CallAnswer {
  readonly status: number;
  /** The token for unsafe requests, empty if none was sent. */
  readonly csrf: string;
  /** Undefined when the body is no JSON. */
  readonly json: unknown;
}

export type Caller = (method: string, path: string, body?: unknown) => Promise<CallAnswer>;

export const API_PAGE = '/devcenter-api-2.0';
/** Ours and small, for its scripts. */
export const PLAIN_PAGE = '/api/v2.0/ping';
export const SESSION = 'sid';

/** Calls with Basic, outside of any browser. */
export function createCaller(url: string, username: string, password: string): Caller {
  const login = Buffer.from(`${username}:${password}`).toString('base64');
  return async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Basic ${login}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, csrf: '', json: text === '' ? undefined : JSON.parse(text) };
  };
}

/** What a script of the page itself is answered. */
export async function callFrom(
  page: Page,
  method: string,
  path: string,
  options: { readonly headers?: Properties; readonly body?: string } = {},
): Promise<CallAnswer> {
  const init = JSON.stringify({ ...options, method });
  const answer = asProperties(
    await page.evaluate(`fetch(${JSON.stringify(path)}, ${init}).then(async (response) => ({
      status: response.status,
      csrf: response.headers.get('x-harbor-csrf-token') ?? '',
      json: await response.json().catch(() => undefined),
    }))`),
  );
  return {
    status: Number(answer['status']),
    csrf: String(answer['csrf']),
    json: answer['json'],
  };
}

/** Logs a local user in with the form of the login page. */
export async function logIn(page: Page, username: string, password: string): Promise<void> {
  const body = new URLSearchParams({ principal: username, password }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { status } = await callFrom(page, 'POST', '/c/login', { headers, body });
  assertEqual(status, 200, `the login of ${username}`);
}

/** Begins a login at the provider and fills its form, without waiting for what follows. */
export async function logInAtProvider(
  { home, provider }: BrowserContext,
  page: Page,
  username: string,
): Promise<void> {
  await page.goTo(`${home}/c/oidc/login?redirect_url=${encodeURIComponent(API_PAGE)}`);
  await page.waitForUrl(`${provider().issuer}/interaction/`);
  await page.type('input[name=username]', username);
  await page.click('button');
}

export async function findCookie(page: Page, name: string): Promise<Cookie | undefined> {
  return (await page.cookies()).find((cookie) => cookie.name === name);
}

/** The username of the page's session, or the status of the refusal. */
export async function whoIs(page: Page): Promise<unknown> {
  const { status, json } = await callFrom(page, 'GET', '/api/v2.0/users/current');
  return status === 200 ? asProperties(json)['username'] : status;
}

/** What the page shows was answered with. @throws Error when it shows nothing of a server */
export function lastDocument(page: Page): Exchange {
  const document = page.documents.at(-1);
  if (document === undefined) throw new Error('the page has no document yet');
  return document;
}

/** @throws Error unless the registry's pages had neither errors nor dialogs */
export function assertQuiet(page: Page, provider?: OidcProvider): void {
  const errors = page.errors.filter((text) => !provider || !text.includes(provider.issuer));
  assertEqual([...errors, ...page.dialogs], [], 'errors and dialogs');
}
