import type { Page, Request } from 'playwright-core';
import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import { withOwnPool } from '../crash/database.ts';
import { createImages } from './images.ts';
import { settled, type Visitor } from './portal-world.ts';
import { openSeededWorld, type SeededWorld } from './seeded-world.ts';

const TAGS = 20_000;
const PROJECTS = 5_000;
const BATCH = 2_000;
/** A long list takes at most this many times as long as a short one, and some milliseconds. */
const RATIO = 3;
const ALLOWANCE_MS = 200;

/** Screens, and what at most they ask the API for when somebody comes there from another page. */
const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  '/': ['dashboard'],
  '/projects': ['projects', 'statistics'],
  '/logs': ['auditlog-exts'],
  // The header of a project has its quota.
  '/p/payments': ['2/summary', 'payments/repositories', 'projects/payments'],
  // Who comes to a repository comes from its project as a rule, which is known then.
  '/p/payments/r/api': ['api/tags', 'payments/repositories', 'projects/payments'],
  '/p/payments/r/api:v2.10.0': ['artifacts/v2.10.0', 'DIGEST/anatomy', 'projects/payments'],
  '/p/payments/members': ['2/members', '2/summary', 'projects/payments'],
  '/p/payments/robots': ['2/summary', 'projects/payments', 'robots'],
  // The runs, what could be freed, the schedule, and whether schedules are paused.
  '/admin/gc': ['all/paused', 'gc/estimate', 'gc/schedule', 'system/gc'],
  '/admin/jobs': ['all/workers', 'jobservice/queues'],
};

/** Lists stay quick however long they are, and a page asks once. */
export function createSpeedSteps(context: Context): Step[] {
  return [
    {
      name: `a repository of ${TAGS} tags is shown about as soon as one of 20`,
      async run() {
        const world = await openSeededWorld(context);
        await seedTags(world, context);
        const visitor = await world.openVisitor('en-US');
        const few = await measure(visitor, '/p/library/r/few', '1.19');
        const many = await measure(visitor, '/p/library/r/many', `1.${TAGS - 1}`);
        await visitor.close();
        judge(`${TAGS} tags`, few, many);
      },
    },
    {
      name: `${PROJECTS} projects are listed about as soon as a few`,
      async run() {
        const world = await openSeededWorld(context);
        const visitor = await world.openVisitor('en-US');
        const few = await measure(visitor, '/projects?sort=name', 'data-science');
        await seedProjects(world);
        const many = await measure(visitor, '/projects?sort=name', 'bulk-1000');
        await visitor.close();
        judge(`${PROJECTS} projects`, few, many);
      },
    },
    {
      name: 'each page asks for what it shows once, and for nothing while it is looked at',
      async run() {
        const world = await openSeededWorld(context);
        const { page, visit, close } = await world.openVisitor('en-US');
        await page.clock.install();
        await visit('/about');
        const wrong: string[] = [];
        for (const [path, wanted] of Object.entries(REQUESTS)) {
          const asked = await requestsOf(page, path);
          const left = [...wanted];
          const further = asked.filter((one) => {
            const place = left.indexOf(one);
            if (place >= 0) left.splice(place, 1);
            return place < 0;
          });
          wrong.push(...further.map((one) => `${path} asks for ${one}`));
          await goTo(page, '/about');
        }
        await close();
        assertEqual(wrong, [], 'requests');
      },
    },
  ];
}

/** The quicker of two visits, from the beginning of the navigation to the row. */
async function measure({ page }: Visitor, path: string, shown: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const start = performance.now();
    await page.goto(path);
    await page.getByRole('row').getByText(shown, { exact: true }).first().waitFor();
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

function judge(what: string, few: number, many: number): void {
  const told = `${what}: ${many.toFixed(0)} ms, and ${few.toFixed(0)} ms for a few`;
  console.log(`        ${told}`);
  if (many > few * RATIO + ALLOWANCE_MS) throw new Error(told);
}

/** Tags of one image: the lists do not care what they point at. */
async function seedTags(world: SeededWorld, { signal }: Context): Promise<void> {
  signal.throwIfAborted();
  const images = createImages(world);
  for (const [name, count] of [
    ['few', 20],
    ['many', TAGS],
  ] as const) {
    await images.pushImage(`library/${name}`, { tags: ['1.0'], layers: [] });
    await withOwnPool(world, async (pool) => {
      // A statement may take some seconds, and no more.
      for (let first = 1; first < count; first += BATCH) {
        await pool.query(
          `INSERT INTO tag (repository_id, name, artifact_id, pushed_at)
           SELECT repository_id, '1.' || number, artifact_id, pushed_at + number * interval '1 ms'
           FROM tag JOIN repository ON repository.id = repository_id,
             generate_series($1::int, $2::int) AS number
           WHERE repository.name = $3 AND tag.name = '1.0'`,
          [first, Math.min(first + BATCH, count) - 1, `library/${name}`],
        );
      }
    });
  }
}

async function seedProjects(world: SeededWorld): Promise<void> {
  await withOwnPool(world, (pool) =>
    pool.query(
      `WITH made AS (
         INSERT INTO project (name, owner_id)
         SELECT 'bulk-' || number, 1 FROM generate_series(1000, 999 + $1::int) AS number
         RETURNING id)
       INSERT INTO quota (project_id) SELECT id FROM made`,
      [PROJECTS],
    ),
  );
}

/** What a page asks for until ten minutes later, without what is asked for once in a session. */
async function requestsOf(page: Page, path: string): Promise<string[]> {
  const asked: string[] = [];
  const note = (request: Request) => {
    const { pathname } = new URL(request.url());
    const isOnce = /\/api\/v2\.0\/(live|systeminfo|users\/current)/.test(pathname);
    if (pathname.startsWith('/api/') && !isOnce) asked.push(shorten(pathname));
  };
  page.on('request', note);
  await goTo(page, path);
  await page.clock.runFor('10:00');
  await settled(page);
  page.off('request', note);
  return asked.toSorted();
}

/** As a link does it, without loading the whole portal again. */
async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState({}, '', ${JSON.stringify(path)})`);
  await page.waitForURL(path);
  await settled(page);
}

function shorten(pathname: string): string {
  const parts = pathname.replace('/api/v2.0/', '').split('/');
  return parts
    .slice(-2)
    .join('/')
    .replace(/^sha256%3A[0-9a-f]{64}/, 'DIGEST');
}
