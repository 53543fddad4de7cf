import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import { openSeededWorld } from './seeded-world.ts';
import { type Places, type View, walk } from './walk.ts';

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Mantine puts menus and tooltips beside the page's landmarks, which is no criterion of WCAG. */
const LEFT_OUT = ['region'];

/** All screens: for readers of all kinds, and in Chinese. */
export function createScreenSteps(context: Context): Step[] {
  const places: Places = new Map();
  return [
    {
      name: 'fill a registry as a company has it',
      run: async () => void (await openSeededWorld(context)),
    },
    {
      name: 'axe finds nothing on any screen or dialog, light or dark, and no console complains',
      async run() {
        const world = await openSeededWorld(context);
        report(await walk(world, 'en-US', places, judgeAccess));
      },
    },
    {
      name: 'in Chinese no screen or dialog has an English sentence',
      async run() {
        const world = await openSeededWorld(context);
        report(await walk(world, 'zh-CN', places, findEnglish));
      },
    },
  ];
}

function report(found: readonly string[]): void {
  if (found.length > 0)
    throw new Error(`${found.length} findings:\n${[...new Set(found)].join('\n')}`);
}

async function judgeAccess({ visitor: { page }, name }: View): Promise<string[]> {
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
  // Names.
  /Apache License|Helm Chart|Harbor API/,
  // What a button copies.
  /docker (login|tag|push)|helm (push|install|pull)|oras push/,
  // Features, as the API calls them.
  /^[a-z]+([,-] ?[a-z]+)+$/,
];
/** Two words of a language with letters; `Artifact sha256:…` is none. */
const ENGLISH = /[a-z]{3,} [a-z]{3,}(?![\w:])/i;

async function findEnglish({ visitor: { page }, name }: View): Promise<string[]> {
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
