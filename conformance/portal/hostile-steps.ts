import { assertEqual, numberAt } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import { HOSTILE_CASES, type HostilePlace, hostileTexts } from './hostile-cases.ts';
import { seedHostile } from './hostile-seed.ts';
import type { Visitor } from './portal-world.ts';
import { openSeededWorld } from './seeded-world.ts';

/** Screens that show what others wrote, and what of it stands there as it was written. */
const SHOWN: readonly { readonly path: string; readonly places: readonly HostilePlace[] }[] = [
  { path: '/p/hostile', places: [] },
  { path: '/p/hostile/labels?size=100', places: ['label description'] },
  { path: '/p/hostile/robots', places: ['robot description'] },
  { path: '/p/hostile/webhooks', places: [] },
  { path: '/p/hostile/logs', places: [] },
  { path: '/p/hostile/r/image', places: [] },
  { path: '/p/hostile/r/image?tab=artifacts', places: [] },
  { path: '/p/hostile/r/image?tab=info', places: [] },
  { path: '/p/hostile/r/image:1', places: ['image environment', 'image label', 'image author'] },
  { path: '/p/hostile/r/image:1?tab=layers', places: [] },
  { path: '/p/hostile/r/image:1?tab=history', places: ['image history'] },
  { path: '/p/hostile/r/image:1?tab=manifest', places: ['image annotation'] },
  { path: '/p/hostile/r/chart:1.0.0', places: ['chart maintainer', 'chart home'] },
  { path: '/p/hostile/r/chart:1.0.0?tab=readme', places: [] },
  { path: '/p/hostile/r/chart:1.0.0?tab=values', places: ['chart values'] },
  ...hostileTexts('chart icon').map((_, index) => ({
    path: `/p/hostile/r/chart:1.1.${index}`,
    places: [],
  })),
  { path: '/search?q=hostile', places: [] },
  { path: '/admin/users?size=100', places: ['real name'] },
  { path: '/admin/jobs', places: [] },
  { path: '/admin/robots', places: [] },
];

/** What strangers write is text, on every screen. */
export function createHostileSteps(context: Context): Step[] {
  return [
    {
      name: `${HOSTILE_CASES.length} hostile texts and addresses run nothing and lead nowhere`,
      async run() {
        const world = await openSeededWorld(context);
        await seedHostile(world);
        const visitor = await world.openVisitor('en-US');
        const found: string[] = [];
        await watch(visitor, world.url, found);
        for (const { path, places } of SHOWN) {
          await visit(visitor, path, found);
          const text = await readText(visitor);
          for (const place of places) {
            for (const wanted of hostileTexts(place)) {
              if (!isShown(text, wanted)) found.push(`${path}: ${place} lacks ${wanted}`);
            }
          }
        }
        await readDeliveries(visitor, await world.api('GET', POLICIES, 200), found);
        for (const address of hostileTexts('address')) {
          await visit(visitor, encodeURI(address), found);
          assertEqual(new URL(visitor.page.url()).origin, world.url, address);
        }
        for (const banner of hostileTexts('banner')) {
          const message = JSON.stringify({ message: banner, type: 'danger' });
          await world.api('PUT', '/api/v2.0/configurations', 200, { banner_message: message });
          await visit(visitor, '/about', found);
          if (!isShown(await readText(visitor), banner)) found.push(`no ${banner}`);
        }
        await world.api('PUT', '/api/v2.0/configurations', 200, { banner_message: '' });
        await visitor.close();
        if (found.length > 0) throw new Error(found.join('\n'));
      },
    },
  ];
}

const POLICIES = '/api/v2.0/projects/hostile/webhook/policies?page_size=100';

/** What was sent to hostile addresses, and its logs. */
async function readDeliveries(visitor: Visitor, policies: unknown, found: string[]): Promise<void> {
  for (const policy of Array.isArray(policies) ? policies : []) {
    await visit(visitor, `/p/hostile/webhooks/${numberAt(policy, 'id')}`, found);
    await visitor.page
      .getByRole('button', { name: /^Show more of/ })
      .first()
      .click();
    await visitor.page.locator('.row-detail pre').first().waitFor();
    await inspect(visitor, 'a delivery', found);
  }
}

/** Notes whatever the page asks of others, and whatever its policy had to forbid. */
async function watch({ page }: Visitor, url: string, found: string[]): Promise<void> {
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== url) found.push(`asked ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    found.push(`said ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) => {
    console.error('forbidden: ' + event.violatedDirective + ' ' + event.blockedURI);
  })`);
}

async function visit(visitor: Visitor, path: string, found: string[]): Promise<void> {
  const { page, complaints } = visitor;
  await page.goto(path.startsWith('//') ? `${new URL(page.url()).origin}${path}` : path);
  await page.locator('h1').first().waitFor();
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
  await inspect(visitor, path, found);
  // A sanitizer parses Markdown in a document of its own, of which the policy complains as well.
  if (/tab=(info|readme)/.test(path)) complaints.length = 0;
  // What is not there is said to be so on the console as well.
  const forbidden = complaints.splice(0).filter((text) => /forbidden|Security Policy/.test(text));
  found.push(...forbidden);
}

async function inspect({ page }: Visitor, place: string, found: string[]): Promise<void> {
  const bad: unknown = await page.evaluate(FIND_BAD);
  if (Array.isArray(bad)) found.push(...bad.map((one) => `${place}: ${one}`));
}

/** Scripts that ran, and elements that a text has become. */
const FIND_BAD = `(() => {
  const bad = window.__xss === undefined ? [] : ['a script has run'];
  const foreign = 'main :is(iframe, object, embed, base, meta, link, form[action], script), main style:not([data-mantine-styles]), ' +
    'main [onerror], main [onload], main [ontoggle]';
  for (const element of document.querySelectorAll(foreign)) bad.push(element.outerHTML.slice(0, 150));
  for (const image of document.querySelectorAll('img')) {
    if (new URL(image.src).origin !== location.origin) bad.push('an image of ' + image.src);
  }
  for (const link of document.querySelectorAll('a[href]')) {
    if (!/^https?:$/.test(link.protocol) && link.protocol !== 'mailto:') bad.push('a link to ' + link.href);
  }
  return bad;
})()`;

async function readText({ page }: Visitor): Promise<string> {
  return squeeze(String(await page.evaluate('document.body.textContent')));
}

/** As it is, or as JSON and YAML quote it. */
function isShown(shown: string, text: string): boolean {
  const quoted = JSON.stringify(text).slice(1, -1);
  return [text, quoted].some((one) => shown.includes(squeeze(one)));
}

/** White space is shown in its own way. */
function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
