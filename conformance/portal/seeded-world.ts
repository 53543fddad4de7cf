import type { BrowserContextOptions } from 'playwright-core';
import type { Context } from '../clients/context.ts';
import { type PortalWorld, startWorld, type Visitor } from './portal-world.ts';
import { seedRegistry } from './seed.ts';

/** A registry full of things that people wrote in Chinese, whose administrator is signed in. */
export interface SeededWorld extends PortalWorld {
  /** The administrator's browser, in a language. */
  openVisitor(locale: 'en-US' | 'zh-CN', options?: BrowserContextOptions): Promise<Visitor>;
}

type Session = NonNullable<BrowserContextOptions['storageState']>;

const opened = new WeakMap<Context, Promise<SeededWorld>>();

/** The one of a run, started when it is first asked for. */
export function openSeededWorld(context: Context): Promise<SeededWorld> {
  const world = opened.get(context) ?? startSeeded(context);
  opened.set(context, world);
  return world;
}

async function startSeeded(context: Context): Promise<SeededWorld> {
  const world = await startWorld(context, 'seeded');
  const password = 'Quay-4-cranes-and-gulls';
  const change = { old_password: world.firstPassword, new_password: password };
  await world.api('PUT', '/api/v2.0/users/1/password', 200, change);
  world.password = password;
  const { url, api } = world;
  await seedRegistry({ url, password, language: 'zh', api });
  let session: Promise<Session> | undefined;
  async function signIn(): Promise<Session> {
    const visitor = await world.openBrowser();
    await visitor.signIn('admin', password);
    const state = await visitor.browser.storageState();
    await visitor.close();
    return state;
  }
  return {
    ...world,
    async openVisitor(locale, options = {}) {
      session ??= signIn();
      return world.openBrowser({ locale, storageState: await session, ...options });
    },
  };
}
