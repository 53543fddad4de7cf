import type { Browser } from 'playwright-core';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import { openTkeWorld, type TkeUser, type TkeWorld, tenantOf } from '../clients/tke-world.ts';
import {
  buildPortal,
  describePages,
  launchChromium,
  openVisitor,
  type Visitor,
} from './portal-world.ts';
import { createReportedStep } from './reported-step.ts';

/** The portal of a Berth for TKE with two tenants, whose network is a proxy that reads along. */
export interface TkePortal {
  readonly world: TkeWorld;
  /** Someone's browser, signed in by their tenant's host name. */
  openUser(user: TkeUser): Promise<Visitor>;
  /** The same browser for all steps. */
  reuse(user: TkeUser): Promise<Visitor>;
  /** What is told from one step to the next, such as the key that was shown once. */
  readonly notes: Map<'key', string>;
}

/** Makes steps over one portal, started by the first of them. */
export function createTkePortal(context: Context) {
  // Other suites of this run have filled the world of the context itself.
  const own: Context = {
    ...context,
    directory: (name) => context.directory(`portal-tke/${name}`),
  };
  let opened: Promise<TkePortal> | undefined;
  let browser: Browser | undefined;

  async function start(): Promise<TkePortal> {
    await buildPortal(own);
    const world = await openTkeWorld(own, 'builtin');
    // A socket's path is short.
    browser = await launchChromium(own.tool('chromium'), await context.directory('tenants'));
    const launched = browser;
    own.defer(() => launched.close());
    return createPortal(world, launched);
  }

  return {
    start: () => (opened ??= start()),
    step(name: string, run: (portal: TkePortal) => Promise<void>): Step {
      const describe = async () => (browser === undefined ? '' : describePages(browser));
      return createReportedStep(name, async () => run(await (opened ??= start())), describe);
    },
  };
}

function createPortal(world: TkeWorld, browser: Browser): TkePortal {
  const visitors = new Map<TkeUser, Promise<Visitor>>();

  async function openUser(user: TkeUser): Promise<Visitor> {
    const url = `http://${world.host(tenantOf(user))}`;
    const visitor = await openVisitor(browser, url, { proxy: { server: world.proxy.url } });
    await visitor.signIn(user, world.password);
    return visitor;
  }

  function reuse(user: TkeUser): Promise<Visitor> {
    const visitor = visitors.get(user) ?? openUser(user);
    visitors.set(user, visitor);
    return visitor;
  }

  return { world, openUser, reuse, notes: new Map() };
}
