import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { assertEqual } from '../clients/assertion.ts';
import type { View } from './walk.ts';

/** A page, and how it is called in a report. */
type Shown = Pick<View, 'visitor' | 'name'>;

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Mantine puts menus and tooltips beside the page's landmarks, which is no criterion of WCAG. */
const LEFT_OUT = ['region'];

/** What axe finds on a page, light and dark. */
export async function findObstacles({ visitor: { page }, name }: Shown): Promise<string[]> {
  const light = await runAxe(page, (axe) => axe.withTags(STANDARDS).disableRules(LEFT_OUT));
  // What else axe looks for is the same in both.
  await wear(page, 'dark');
  const dark = await runAxe(page, (axe) => axe.withRules(['color-contrast']));
  await wear(page, 'light');
  return [...light, ...dark.map((text) => `dark: ${text}`)].map((text) => `${name}: ${text}`);
}

async function runAxe(page: Page, choose: (axe: AxeBuilder) => AxeBuilder): Promise<string[]> {
  // It needs no second page then.
  const { violations } = await choose(new AxeBuilder({ page }).setLegacyMode(true))
    // Arrow keys scroll a list of choices.
    .exclude('[role="listbox"] .mantine-ScrollArea-viewport')
    .analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .slice(0, 3)
      .map(({ html, any }) => `${id}: ${html.slice(0, 200)} ${any[0]?.message ?? ''}`),
  );
}

/** As the portal's switch does. */
async function wear(page: Page, scheme: 'light' | 'dark'): Promise<void> {
  await page.evaluate(`(() => {
    document.documentElement.dataset.mantineColorScheme = '${scheme}';
    for (const animation of document.getAnimations()) {
      if (animation.effect.getComputedTiming().endTime !== Infinity) animation.finish();
    }
  })()`);
}

/** What is said as it is in all languages. */
const UNTRANSLATED = [
  // Names, also of the provider that tests sign in at.
  /Apache License|Helm Chart|Harbor API|Test provider/,
  // What a button copies.
  /docker (login|tag|push)|helm (push|install|pull)|oras push/,
  // Features, as the API calls them.
  /^[a-z]+([,-] ?[a-z]+)+$/,
];
/** Two words of a language with letters; `Artifact sha256:…` is none. */
const ENGLISH = /[a-z]{3,} [a-z]{3,}(?![\w:])/i;

/** English on a page that is to be Chinese. */
export async function findEnglish({ visitor: { page }, name }: Shown): Promise<string[]> {
  const language = await page.locator('html').getAttribute('lang');
  assertEqual(language, 'zh-CN', `${name}: the page's language`);
  const texts: unknown = await page.evaluate(READ_TEXTS);
  if (!Array.isArray(texts)) throw new Error('no texts');
  return texts
    .map(String)
    .filter((text) => ENGLISH.test(text) && !UNTRANSLATED.some((known) => known.test(text)))
    .map((text) => `${name}: ${text.slice(0, 160)}`);
}

/** All that somebody sees or hears of the page, but what is code or an example of it. */
const READ_TEXTS = `(() => {
  const technical = 'code, kbd, pre, samp, textarea, script, style, [data-untranslated]';
  const isSeen = (element) =>
    element.closest(technical) === null && element.checkVisibility({ visibilityProperty: true });
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node.parentElement !== null && isSeen(node.parentElement)) texts.push(node.data.trim());
  }
  for (const name of ['aria-label', 'placeholder', 'title', 'alt']) {
    for (const element of document.querySelectorAll('[' + name + ']')) {
      if (isSeen(element)) texts.push(element.getAttribute(name));
    }
  }
  return [...new Set([document.title, ...texts])];
})()`;
