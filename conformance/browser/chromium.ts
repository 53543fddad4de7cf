import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Devtools, openDevtools, textOf } from './devtools.ts';
import { createPage, type Page } from './page.ts';

/** A headless Chromium that finds nothing but loopback. */
export interface Browser extends AsyncDisposable {
  /** A page in a new profile: no cookies, no cache, nothing shared with other pages. */
  openPage(): Promise<Page>;
  close(): Promise<void>;
}

const START_MS = 30_000;
const STOP_MS = 5_000;
const WINDOW = { width: 1280, height: 1000, deviceScaleFactor: 1, mobile: false };

/**
 * Starts a browser.
 *
 * @param directory takes its profile; removed by the caller
 * @throws Error with what it said when it does not start within 30 s
 */
export async function startChromium(
  program: string,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<Browser> {
  const argv = [
    '--headless=new',
    '--remote-debugging-port=0',
    `--user-data-dir=${directory}`,
    // As root there is no other way, and what it opens here is our own.
    '--no-sandbox',
    '--no-first-run',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--disable-component-update',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  ];
  const child = spawn(program, argv, { stdio: ['ignore', 'ignore', 'pipe'], env });
  const kill = () => void child.kill('SIGKILL');
  // When this process falls over, too.
  process.once('exit', kill);
  const ended = once(child, 'close');
  const said: string[] = [];
  const address = new Promise<string>((resolve, reject) => {
    setTimeout(() => reject(new Error('it took too long')), START_MS).unref();
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
    createInterface(child.stderr).on('line', (line) => {
      said.push(line);
      const [, url] = /^DevTools listening on (ws:\S+)/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  const close = async (devtools?: Devtools) => {
    process.removeListener('exit', kill);
    const timer = setTimeout(kill, STOP_MS);
    if (devtools === undefined) kill();
    else await devtools.send('Browser.close').catch(kill);
    await ended;
    clearTimeout(timer);
    devtools?.close();
  };
  try {
    // `ended` rejects when there is no such program.
    const devtools = await openDevtools(await Promise.race([address, ended.then(() => address)]));
    const stop = () => close(devtools);
    return { openPage: () => openPage(devtools), close: stop, [Symbol.asyncDispose]: stop };
  } catch (cause) {
    if (child.pid !== undefined) await close();
    throw new Error(`Chromium did not start: ${said.slice(-5).join('\n')}`, { cause });
  }
}

async function openPage(devtools: Devtools): Promise<Page> {
  const context = await devtools.send('Target.createBrowserContext');
  const browserContextId = textOf(context, 'browserContextId');
  const blank = { url: 'about:blank', browserContextId };
  const targetId = textOf(await devtools.send('Target.createTarget', blank), 'targetId');
  const attached = await devtools.send('Target.attachToTarget', { targetId, flatten: true });
  const session = devtools.attach(textOf(attached, 'sessionId'));
  // Listens before anything can happen.
  const page = createPage(session, browserContextId);
  for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
    await session.send(`${domain}.enable`);
  await session.send('Emulation.setDeviceMetricsOverride', WINDOW);
  return page;
}
