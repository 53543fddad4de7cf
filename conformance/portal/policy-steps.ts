import { assertEqual, assertIncludes } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import type { Context } from '../clients/context.ts';
import { startWebhookReceiver } from '../clients/webhook-receiver.ts';
import {
  createStep,
  ensureProject,
  follow,
  markPage,
  openAdministrator,
  pushImage,
  visitLive,
  waitForStream,
} from './journey.ts';
import type { PortalWorld } from './portal-world.ts';

const PROJECT = 'policies';

/** Limits, rules and runs: what is set, and what comes of it while one looks. */
export function createPolicySteps(context: Context): Step[] {
  const step = (name: string, run: (world: PortalWorld) => Promise<void>) =>
    createStep(context, name, async (world) => {
      await ensureProject(world, PROJECT);
      await run(world);
    });
  return [
    step('a retention rule, and a dry run whose result appears by itself', retain),
    step('a lower limit shows in the bar of the project', limit),
    step('garbage is collected, and its log appears while it runs', collect),
    step('a webhook: a push is delivered, listed with its payload, and sent again', callWebhook),
  ];
}

async function retain(world: PortalWorld): Promise<void> {
  for (const tag of ['1', '2', '3']) await pushImage(world, `${PROJECT}/kept:${tag}`);
  const visitor = await openAdministrator(world);
  const { page } = visitor;
  await visitor.visit(`/p/${PROJECT}/retention`);
  await page.getByText('Nothing is deleted by itself').waitFor();
  await page.getByRole('button', { name: 'Add rule' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add retention rule' });
  await dialog.getByLabel('What stays').selectOption('latestPushedK');
  await dialog.getByLabel('How many').fill('1');
  const sentence = 'In all repositories, keep the most recently pushed artifact with any tag';
  await dialog.getByText(sentence).waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('list', { name: 'Retention rules' }).getByText(sentence).waitFor();
  const assertSame = await markPage(page);
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.getByText('2 artifacts would go').waitFor();
  await page.getByRole('button', { name: /^kept 2 would go/ }).click();
  await page.getByRole('table', { name: 'What happens to the artifacts of' }).waitFor();
  await page.getByRole('row', { name: /Succeeded/ }).waitFor();
  await assertSame();
  await world.api('GET', `/api/v2.0/projects/${PROJECT}/repositories/kept/artifacts/1`, 200);
}

async function limit(world: PortalWorld): Promise<void> {
  await pushImage(world, `${PROJECT}/large:1`);
  const { page, visit } = await openAdministrator(world);
  await visit(`/admin/quotas?name=${PROJECT}`);
  await page.getByRole('button', { name: `Edit the quota of ${PROJECT}` }).click();
  const dialog = page.getByRole('dialog', { name: `Edit quota of ${PROJECT}` });
  await dialog.getByRole('switch', { name: 'Unlimited' }).uncheck();
  await dialog.getByLabel('Unit').selectOption('MiB');
  await dialog.getByLabel('Limit', { exact: true }).fill('1');
  await dialog.getByText('The project already holds more.').waitFor();
  await dialog.getByLabel('Limit', { exact: true }).fill('100');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('row', { name: new RegExp(`${PROJECT}.*of 100 MiB`) }).waitFor();
  await visit(`/p/${PROJECT}`);
  await page.getByText(/MiB of 100 MiB$/).waitFor();
  const bar = page.getByRole('progressbar', { name: /^Storage: \d/ });
  assertEqual(await bar.count(), 1, 'bars of storage');
}

async function collect(world: PortalWorld): Promise<void> {
  await pushImage(world, `${PROJECT}/garbage:1`);
  await world.api('DELETE', `/api/v2.0/projects/${PROJECT}/repositories/garbage`, 200);
  const visitor = await openAdministrator(world);
  const { page } = visitor;
  await visitLive(visitor, '/admin/gc');
  const assertSame = await markPage(page);
  await page.getByRole('switch', { name: 'Do not hold what was deleted' }).check();
  await page.getByRole('button', { name: 'Collect now' }).click();
  const question = page.getByRole('dialog', { name: 'Collect garbage now?' });
  await question.getByRole('button', { name: 'Collect now' }).click();
  const log = page.getByRole('dialog', { name: /^Log of run \d+$/ });
  await log.getByRole('log').getByText(/freed/i).waitFor();
  await log.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('table', { name: 'History' }).getByText('Succeeded').first().waitFor();
  await assertSame();
}

async function callWebhook(world: PortalWorld): Promise<void> {
  const receiver = await startWebhookReceiver();
  world.context.defer(() => receiver.stop());
  const visitor = await openAdministrator(world);
  const { page } = visitor;
  await visitor.visit(`/p/${PROJECT}/webhooks`);
  await page.getByRole('button', { name: 'New webhook' }).click();
  const form = page.getByRole('dialog', { name: 'New webhook' });
  await form.getByLabel('Name').fill('to-the-test');
  await form
    .getByRole('textbox', { name: 'Endpoint' })
    .fill(`http://127.0.0.1:${receiver.port}/hook`);
  await form.getByRole('checkbox', { name: 'Artifact pushed' }).check();
  await form.getByRole('button', { name: 'Create' }).click();
  const stream = waitForStream(page, 'webhook:');
  await follow(page, page.getByRole('link', { name: 'to-the-test' }));
  await stream;
  const assertSame = await markPage(page);
  await pushImage(world, `${PROJECT}/told:1`);
  await receiver.waitFor(({ text }) => text.includes('told'), 0);
  const deliveries = page.getByRole('table', { name: 'Deliveries' });
  await deliveries.getByText('Succeeded').waitFor();
  await page.getByRole('button', { name: /^Show more of delivery/ }).click();
  const payload = page.getByRole('region', { name: /^Payload of delivery/ });
  assertIncludes((await payload.textContent()) ?? '', `${PROJECT}/told`, 'the payload');
  const from = receiver.deliveries.length;
  await page.getByRole('button', { name: /^Send delivery \d+ again$/ }).click();
  await receiver.waitFor(({ text }) => text.includes('told'), from);
  await deliveries.getByText('Succeeded').nth(1).waitFor();
  await assertSame();
}
