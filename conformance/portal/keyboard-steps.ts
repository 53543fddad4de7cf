import type { Locator, Page } from 'playwright-core';
import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import type { Visitor } from './portal-world.ts';
import { openSeededWorld } from './seeded-world.ts';

const WALKED = [
  '/',
  '/projects',
  '/p/payments',
  '/p/payments/members',
  '/p/payments/labels',
  '/p/payments/retention',
  '/p/payments/r/api',
  '/p/platform/r/charts/gateway:4.2.0',
  '/admin/users',
  '/admin/gc',
];

/** Everything can be done without a mouse, and one sees where one is. */
export function createKeyboardSteps(context: Context): Step[] {
  async function withVisitor(act: (visitor: Visitor) => Promise<void>): Promise<void> {
    const world = await openSeededWorld(context);
    const visitor = await world.openVisitor('en-US', { reducedMotion: 'reduce' });
    try {
      await act(visitor);
    } finally {
      await visitor.close();
    }
  }
  return [
    {
      name: 'Tab reaches everything on ten screens, and each shows that it has the focus',
      run: () =>
        withVisitor(async ({ page, visit }) => {
          const found: string[] = [];
          for (const path of WALKED) {
            await visit(path);
            found.push(...(await tabThrough(page)).map((text) => `${path}: ${text}`));
          }
          assertEqual(found, [], 'what was not reached, or did not show it');
        }),
    },
    {
      name: 'a dialog keeps the focus and gives it back; help, palette and menus need no mouse',
      run: () =>
        withVisitor(async ({ page, visit }) => {
          await visit('/projects');
          await tryDialog(page);
          await tryHelp(page);
          await tryMenu(page);
          await tryPalette(page);
        }),
    },
    {
      name: 'a table is sorted, and its rows are chosen, with the keyboard',
      run: () =>
        withVisitor(async ({ page, visit }) => {
          await visit('/projects');
          await press(page.getByRole('button', { name: 'Sort by Name' }), 'Enter');
          await page.waitForURL(/sort=-?name/);
          const row = page.getByRole('checkbox', { name: /web/ });
          await press(row, 'Space');
          assertEqual(await row.isChecked(), true, 'the row is chosen');
        }),
    },
    {
      name: 'a label is made, changed and deleted with the keyboard alone',
      run: () =>
        withVisitor(async ({ page, visit }) => {
          await visit('/admin/labels');
          await press(page.getByRole('button', { name: 'New label' }), 'Enter');
          await write(page, 'Name', 'by-keys');
          await page.keyboard.press('Enter');
          await page.getByRole('dialog').waitFor({ state: 'detached' });
          await page.getByRole('cell', { name: 'by-keys', exact: true }).waitFor();
          await choose(page, 'Actions for by-keys', 'Edit');
          await page.keyboard.press('Escape');
          // From the dialog back to the menu that it came from.
          await page.locator('button:focus[aria-label="Actions for by-keys"]').waitFor();
          await choose(page, 'Actions for by-keys', 'Edit');
          await write(page, 'Description', 'typed');
          await press(page.getByRole('dialog').getByRole('button', { name: 'Save' }), 'Enter');
          await page.getByRole('cell', { name: 'typed', exact: true }).waitFor();
          await choose(page, 'Actions for by-keys', 'Delete');
          const dialog = page.getByRole('dialog');
          await press(dialog.getByRole('button', { name: /^Delete/ }), 'Enter');
          await page
            .getByRole('cell', { name: 'by-keys', exact: true })
            .waitFor({ state: 'detached' });
        }),
    },
  ];
}

/** @returns what Tab did not reach, and what does not show the focus */
async function tabThrough(page: Page): Promise<string[]> {
  const count = Number(await page.evaluate(MARK_ALL));
  // The browser's own frame is a stop, too.
  for (let step = 0; step < count + 10; step += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(LOOK_AT_FOCUS)) === 0) break;
  }
  const left: unknown = await page.evaluate('window.__tabStops.report()');
  return Array.isArray(left) ? left.map(String) : ['nothing was told'];
}

/** Remembers what Tab should reach. Of a group of radio buttons or tabs it reaches one. */
const MARK_ALL = `(() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex]')]
    .filter((element) => element.tabIndex >= 0 && !element.disabled && element.checkVisibility())
    .filter((element) => element.type !== 'radio' || element.checked)
    .filter((element) => element.closest('[inert], [aria-hidden="true"]') === null);
  const unseen = [];
  const waiting = new Set(all);
  const told = (element) => element.outerHTML.replace(/ (class|style)="[^"]*"/g, '').slice(0, 140);
  window.__tabStops = {
    waiting,
    unseen,
    report: () => [...[...waiting].map(told), ...unseen.map((e) => 'no focus to be seen: ' + told(e))],
  };
  return all.length;
})()`;

/** Compares how the element looks with the focus and without. */
const LOOK_AT_FOCUS = `(() => {
  const { waiting, unseen } = window.__tabStops;
  const element = document.activeElement;
  if (element === document.body || !waiting.delete(element)) return waiting.size;
  const near = [element, element.parentElement, element.nextElementSibling,
    element.parentElement.nextElementSibling, element.parentElement.parentElement].filter(Boolean);
  for (const one of near) one.style.transition = 'none';
  const look = () => near.map((one) => {
    const { outline, outlineOffset, boxShadow, borderColor, backgroundColor } = getComputedStyle(one);
    return [outline, outlineOffset, boxShadow, borderColor, backgroundColor].join();
  }).join();
  const focused = look();
  element.blur();
  const plain = look();
  element.focus({ focusVisible: true, preventScroll: true });
  if (focused === plain) unseen.push(element);
  return waiting.size;
})()`;

async function tryDialog(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'New project' });
  await press(button, 'Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  for (let step = 0; step < 15; step += 1) {
    await page.keyboard.press('Tab');
    // Radio buttons are hidden beneath what stands for them.
    await dialog.locator(':focus').waitFor({ state: 'attached' });
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.locator('button:focus', { hasText: 'New project' }).waitFor();
}

async function tryHelp(page: Page): Promise<void> {
  await page.keyboard.press('Shift+?');
  await page.getByRole('dialog').getByText('Ctrl K').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

async function tryMenu(page: Page): Promise<void> {
  await press(page.getByRole('banner').getByRole('button', { name: 'admin' }), 'Enter');
  await page.getByRole('menu').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.locator('[role^="menuitem"]:focus').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
}

async function tryPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').locator('input:focus').waitFor();
  await page.keyboard.type('storefront');
  await page.getByRole('option', { name: 'web/storefront', exact: true }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/p\/web\/r\/storefront/);
}

/** Opens the menu of a row and takes one of its items. */
async function choose(page: Page, menu: string, item: string): Promise<void> {
  await press(page.getByRole('button', { name: menu, exact: true }), 'Enter');
  const wanted = page.getByRole('menuitem', { name: item });
  await wanted.waitFor();
  for (let step = 0; step < 10; step += 1) {
    await page.keyboard.press('ArrowDown');
    if (await wanted.and(page.locator(':focus')).isVisible()) break;
  }
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
}

async function write(page: Page, label: string, text: string): Promise<void> {
  const field = page.getByRole('dialog').getByLabel(label);
  await field.focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

async function press(target: Locator, key: string): Promise<void> {
  await target.focus();
  await target.press(key);
}
