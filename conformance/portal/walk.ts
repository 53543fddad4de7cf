import type { Locator, Page } from 'playwright-core';
import type { Visitor } from './portal-world.ts';
import { SCREENS, type Screen } from './screens.ts';
import type { SeededWorld } from './seeded-world.ts';

/** Pages that are walked at once. */
const HANDS = 3;

/** A screen as somebody sees it who has just come, or with something opened on it. */
export interface View {
  readonly visitor: Visitor;
  readonly screen: Screen;
  /** For reports: the address, and what was opened. */
  readonly name: string;
}

/** Where a button stands among all of its page: the same in each language. */
export type Places = Map<string, number>;

type Look = (view: View) => Promise<readonly string[]>;

/**
 * Shows all screens, with all that they open, to `look`, and collects what it finds.
 *
 * @param places is filled by a walk in English; a walk in another language finds its buttons there
 */
export async function walk(
  world: SeededWorld,
  locale: 'en-US' | 'zh-CN',
  places: Places,
  look: Look,
): Promise<string[]> {
  const found: string[] = [];
  const left = [...SCREENS];
  async function work(): Promise<void> {
    const visitor = await world.openVisitor(locale);
    const stranger = await world.openBrowser({ locale });
    for (let screen = left.shift(); screen !== undefined; screen = left.shift()) {
      const who = screen.isPublic === true ? stranger : visitor;
      try {
        await show(who, screen, locale === 'en-US', places, look, found);
      } catch (error) {
        found.push(`${screen.path}: ${error instanceof Error ? error.message : String(error)}`);
      }
      const complaints = who.complaints.splice(0);
      if (screen.isAbsent !== true) found.push(...complaints);
    }
    await visitor.close();
    await stranger.close();
  }
  await Promise.all(Array.from({ length: HANDS }, work));
  return found;
}

async function show(
  visitor: Visitor,
  screen: Screen,
  isEnglish: boolean,
  places: Places,
  look: Look,
  found: string[],
): Promise<void> {
  const { page } = visitor;
  await visitor.visit(screen.path);
  found.push(...(await look({ visitor, screen, name: screen.path })));
  for (const opener of screen.opens ?? []) {
    const key = `${screen.path} ${opener}`;
    const buttons = page.locator('main button');
    if (isEnglish) {
      const button = page.getByRole('main').getByRole('button', { name: opener, exact: true });
      await button.first().waitFor();
      places.set(key, await findPlace(page, opener));
    }
    const place = places.get(key);
    // The walk in English has told already that it is not there.
    if (place === undefined) continue;
    await buttons.nth(place).click();
    await openedOf(page, buttons.nth(place)).waitFor();
    found.push(...(await look({ visitor, screen, name: key })));
    await closeAll(page);
  }
}

/** The policy of the page forbids it functions that come as texts, so the name goes in as one. */
async function findPlace(page: Page, name: string): Promise<number> {
  const place = await page.evaluate(`[...document.querySelectorAll('main button')].findIndex(
    (button) => (button.ariaLabel ?? button.textContent.trim()) === ${JSON.stringify(name)})`);
  if (typeof place !== 'number' || place < 0) throw new Error(`where is ${name}?`);
  return place;
}

/** A list of choices in a dialog takes the first Escape for itself. */
async function closeAll(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog').first();
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await page.keyboard.press('Escape');
    const wait = { state: 'detached', timeout: attempt === 3 ? 20_000 : 2_000 } as const;
    if (
      await dialog.waitFor(wait).then(
        () => true,
        () => attempt === 3,
      )
    )
      return;
  }
}

/** A dialog or a menu, or what a row shows more of. */
function openedOf(page: Page, button: Locator): Locator {
  return page
    .getByRole('dialog')
    .or(page.getByRole('menu'))
    .or(button.and(page.locator('[aria-expanded="true"]')))
    .first();
}
