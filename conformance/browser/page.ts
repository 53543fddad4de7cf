import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { asList, asProperties, type Devtools, type Properties, textOf } from './devtools.ts';

/** A request of a page and its answer, also of those that the page itself may not read. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly httpOnly: boolean;
  /** Empty when the cookie does not say. */
  readonly sameSite: string;
}

/** A page in a profile of its own. */
export interface Page {
  /** Since the page was opened, or since somebody emptied them. */
  readonly exchanges: Exchange[];
  /** Those of them that became what the page shows. */
  readonly documents: Exchange[];
  /** Console errors, uncaught exceptions and violations of the page's policy. */
  readonly errors: string[];
  /** Texts of alert, confirm and prompt; each is dismissed. */
  readonly dialogs: string[];
  /** Goes there and waits until it is loaded. @throws Error when nothing answers */
  goTo(url: string): Promise<void>;
  /** The value of an expression or of the promise it gives. @throws Error with its exception */
  evaluate(expression: string): Promise<unknown>;
  /** Waits until an expression holds, also over navigations. @throws Error after 10 s */
  waitFor(expression: string): Promise<void>;
  /** The address, once it begins so and the page is loaded. @throws Error after 10 s */
  waitForUrl(prefix: string): Promise<URL>;
  /** Replaces what is in a field by typing. */
  type(selector: string, text: string): Promise<void>;
  /** Clicks with the mouse in the middle of an element. */
  click(selector: string): Promise<void>;
  cookies(): Promise<Cookie[]>;
  /** A cookie as another program of the host may have left it. */
  setCookie(url: string, name: string, value: string): Promise<void>;
  /** The URL of the first request for a pattern (`*` is anything) after `work`; it is not sent. */
  intercept(pattern: string, work: () => Promise<void>): Promise<string>;
  /** Writes what the window shows as PNG. */
  screenshot(path: string): Promise<void>;
}

const WAIT_MS = 10_000;
const POLL_MS = 25;

/**
 * @param session of a page that did nothing yet
 * @param profile the browser context that it is in
 */
export function createPage(session: Devtools, profile: string): Page {
  const records = record(session);
  const evaluate: Page['evaluate'] = async (expression) => {
    const options = { awaitPromise: true, returnByValue: true, userGesture: true };
    const answer = await session.send('Runtime.evaluate', { expression, ...options });
    if (answer['exceptionDetails'] !== undefined) {
      throw new Error(describe(answer['exceptionDetails']));
    }
    return asProperties(answer['result'])['value'];
  };
  const waitFor: Page['waitFor'] = async (expression) => {
    const deadline = performance.now() + WAIT_MS;
    // A navigation takes the page away from under the question: then it is asked again.
    while (!(await evaluate(expression).catch(() => false))) {
      if (performance.now() > deadline) {
        throw new Error(`never at ${String(await evaluate('location.href'))}: ${expression}`);
      }
      await sleep(POLL_MS);
    }
  };
  return {
    ...records,
    evaluate,
    waitFor,
    async goTo(url) {
      const { errorText } = await session.send('Page.navigate', { url });
      if (errorText !== undefined) throw new Error(`${url}: ${textOf({ errorText }, 'errorText')}`);
      await waitFor(`document.readyState === 'complete'`);
    },
    async waitForUrl(prefix) {
      const isThere = `location.href.startsWith(${JSON.stringify(prefix)})`;
      await waitFor(`${isThere} && document.readyState === 'complete'`);
      return new URL(String(await evaluate('location.href')));
    },
    ...createHands(session, { evaluate, waitFor }),
    ...createProfile(session, profile),
    intercept: (pattern, work) => intercept(session, pattern, work),
    async screenshot(path) {
      const { data } = await session.send('Page.captureScreenshot', { format: 'png' });
      await writeFile(path, Buffer.from(String(data), 'base64'));
    },
  };
}

function record(session: Devtools) {
  return { ...recordNetwork(session), ...recordComplaints(session) };
}

function recordNetwork({ on }: Devtools): Pick<Page, 'exchanges' | 'documents'> {
  const exchanges: Exchange[] = [];
  const documents: Exchange[] = [];
  const requests = new Map<unknown, { readonly method: string; readonly url: string }>();
  // This half of the report comes from another process, sometimes first.
  const early = new Map<unknown, Properties[]>();
  const add = (list: Exchange[], requestId: unknown, status: unknown, headers: unknown) => {
    const request = requests.get(requestId);
    if (request === undefined) return;
    const values = Object.entries(asProperties(headers)).map(([name, value]): [string, string] => [
      name,
      String(value).replaceAll('\n', ', '),
    ]);
    list.push({ ...request, status: Number(status), headers: new Headers(values) });
  };
  on('Network.requestWillBeSent', ({ requestId, request }) => {
    const sent = asProperties(request);
    requests.set(requestId, { method: textOf(sent, 'method'), url: textOf(sent, 'url') });
    for (const { statusCode, headers } of early.get(requestId) ?? []) {
      add(exchanges, requestId, statusCode, headers);
    }
    early.delete(requestId);
  });
  on('Network.responseReceivedExtraInfo', (info) => {
    const { requestId, statusCode, headers } = info;
    if (requests.has(requestId)) add(exchanges, requestId, statusCode, headers);
    else early.set(requestId, [...(early.get(requestId) ?? []), info]);
  });
  on('Network.responseReceived', ({ type, requestId, response }) => {
    const { status, headers } = asProperties(response);
    if (type === 'Document') add(documents, requestId, status, headers);
  });
  return { exchanges, documents };
}

function recordComplaints({ on, send }: Devtools): Pick<Page, 'errors' | 'dialogs'> {
  const errors: string[] = [];
  const dialogs: string[] = [];
  on('Runtime.exceptionThrown', ({ exceptionDetails }) => {
    errors.push(describe(exceptionDetails));
  });
  on('Runtime.consoleAPICalled', ({ type, args }) => {
    if (type === 'error')
      errors.push(
        asList(args)
          .map(({ value }) => String(value))
          .join(' '),
      );
  });
  on('Log.entryAdded', ({ entry }) => {
    const { level, text, url } = asProperties(entry);
    if (level === 'error') errors.push(`${String(text)} (${String(url)})`);
  });
  on('Page.javascriptDialogOpening', ({ message }) => {
    dialogs.push(String(message));
    // The page may be gone before it is told.
    send('Page.handleJavaScriptDialog', { accept: false }).catch(() => {});
  });
  return { errors, dialogs };
}

function createHands(
  { send }: Devtools,
  { evaluate, waitFor }: Pick<Page, 'evaluate' | 'waitFor'>,
): Pick<Page, 'type' | 'click'> {
  return {
    async type(selector, text) {
      const field = `document.querySelector(${JSON.stringify(selector)})`;
      await waitFor(`${field} !== null`);
      await evaluate(`${field}.focus(), ${field}.select()`);
      await send('Input.insertText', { text });
    },
    async click(selector) {
      const element = `document.querySelector(${JSON.stringify(selector)})`;
      await waitFor(`${element}?.checkVisibility()`);
      const box = await evaluate(
        `${element}.scrollIntoView({ block: 'center', behavior: 'instant' }),
        (({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))(
          ${element}.getBoundingClientRect())`,
      );
      const mouse = { ...asProperties(box), button: 'left', clickCount: 1 };
      await send('Input.dispatchMouseEvent', { type: 'mousePressed', ...mouse });
      await send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...mouse });
    },
  };
}

function createProfile(
  { send, attach }: Devtools,
  browserContextId: string,
): Pick<Page, 'cookies' | 'setCookie'> {
  const whole = attach('');
  return {
    async cookies() {
      const { cookies } = await whole.send('Storage.getCookies', { browserContextId });
      return asList(cookies).map((cookie) => ({
        name: textOf(cookie, 'name'),
        value: textOf(cookie, 'value'),
        httpOnly: cookie['httpOnly'] === true,
        sameSite: 'sameSite' in cookie ? textOf(cookie, 'sameSite') : '',
      }));
    },
    async setCookie(url, name, value) {
      await send('Network.setCookie', { url, name, value });
    },
  };
}

async function intercept(
  { send, on }: Devtools,
  pattern: string,
  work: () => Promise<void>,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  on('Fetch.requestPaused', ({ requestId, request }) => {
    resolve(textOf(asProperties(request), 'url'));
    // The page may be gone before it is told.
    send('Fetch.failRequest', { requestId, errorReason: 'Aborted' }).catch(() => {});
  });
  await send('Fetch.enable', { patterns: [{ urlPattern: pattern }] });
  try {
    await work();
    const late = sleep(WAIT_MS, undefined, { ref: false }).then(() => undefined);
    const url = await Promise.race([promise, late]);
    if (url === undefined) throw new Error(`no request for ${pattern}`);
    return url;
  } finally {
    await send('Fetch.disable');
  }
}

function describe(details: unknown): string {
  const { text, exception } = asProperties(details);
  const { description } = asProperties(exception);
  return String(description ?? text);
}
