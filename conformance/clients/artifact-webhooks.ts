import { createHmac } from 'node:crypto';
import { waitUntil } from './artifact-images.ts';
import { type ArtifactWorld, pushArgs } from './artifact-world.ts';
import { assertEqual, assertIncludes, listAt, numberAt, textAt, valueAt } from './assertion.ts';
import { type Step, StepSkipped } from './client.ts';
import { type Layout, writeImageLayout } from './layout.ts';
import { type Delivery, startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const PATH = 'hooked/image';
const REFUSED = 'an address that may not be called';
const SECRET = 'between us';
const AUTHORIZATION = 'Bearer receivers-token';

/** Webhooks: told to a receiver on loopback, once the operator has allowed that network. */
export function createWebhookSteps(world: ArtifactWorld): Step[] {
  const { context, admin, project } = world;
  const policies = `/projects/${project}/webhook/policies`;
  const remote = world.remote(`${PATH}:1`);
  let receiver: WebhookReceiver;
  let layout: Layout;
  let policy = '';
  let digest = '';

  const policyOf = (name: string, address: string) => ({
    name,
    enabled: true,
    event_types: ['PUSH_ARTIFACT', 'PULL_ARTIFACT', 'DELETE_ARTIFACT'],
    targets: [{ type: 'http', address, auth_header: AUTHORIZATION, secret: SECRET }],
  });

  async function createPolicy(name: string, host: string): Promise<string> {
    const body = policyOf(name, `http://${host}:${receiver.port}/in`);
    const { location } = await admin.send({ method: 'POST', path: policies, body }, 201);
    return `${policies}/${location?.split('/').at(-1)}`;
  }

  async function listExecutions(): Promise<unknown[]> {
    const found = await admin.send({ method: 'GET', path: `${policy}/executions` }, 200);
    return listAt(found.body);
  }

  /** Runs `act` and gives the delivery of that type which follows. */
  async function expectDelivery(type: string, act: () => Promise<unknown>): Promise<Delivery> {
    const from = receiver.deliveries.length;
    await act();
    return receiver.waitFor(({ body }) => valueAt(body, 'type') === type, from);
  }

  /** Harbor's payload, member by member. */
  function assertPayload({ headers, text, body }: Delivery, type: string, tag: string): void {
    const event = { type, occur_at: numberAt(body, 'occur_at'), operator: 'admin' };
    const created = numberAt(body, 'event_data', 'repository', 'date_created');
    const resource = `${world.remote(PATH)}:${tag}`;
    const expected = {
      ...event,
      event_data: {
        resources: [{ digest, tag, resource_url: resource }],
        repository: {
          date_created: created,
          name: PATH,
          namespace: project,
          repo_full_name: `${project}/${PATH}`,
          repo_type: 'private',
        },
      },
    };
    assertEqual(body, expected, 'payload');
    for (const seconds of [event.occur_at, created]) {
      if (Math.abs(Date.now() / 1000 - seconds) > 600) throw new Error(`not now: ${seconds}`);
    }
    assertEqual(headers['authorization'], AUTHORIZATION, 'authorization');
    assertEqual(headers['content-type'], 'application/json', 'content-type');
    const signature = createHmac('sha256', SECRET).update(text).digest('hex');
    assertEqual(headers['x-berth-signature-256'], `sha256=${signature}`, 'signature');
  }

  return [
    {
      name: 'webhooks: a target on loopback is refused by its address',
      async run() {
        receiver = await startWebhookReceiver();
        context.defer(receiver.stop);
        const hosts = ['127.0.0.1', 'localhost', '[::1]', '0x7f.1', '[::ffff:127.0.0.1]'];
        for (const host of hosts) {
          const body = policyOf('private', `http://${host}:${receiver.port}/in`);
          const refused = await world.refusal({ method: 'POST', path: policies, body }, 400);
          assertIncludes(refused, REFUSED, host);
        }
      },
    },
    {
      name: 'webhooks: with BERTH_EGRESS_NETWORKS=127.0.0.0/8 the same policy is accepted',
      async run() {
        const { restart } = context.registry;
        if (restart === undefined) throw new StepSkipped('not ours to restart');
        await restart({
          BERTH_EGRESS_NETWORKS: '127.0.0.0/8',
          // What a webhook calls the registry by, as no request of a client is at hand then.
          BERTH_EXTERNAL_URL: context.registry.url,
        });
        policy = await createPolicy('ours', '127.0.0.1');
        const { body } = await admin.send({ method: 'GET', path: policy }, 200);
        const shown = JSON.stringify(body);
        if (shown.includes(SECRET)) throw new Error(`it shows the secret: ${shown}`);
      },
    },
    ...[
      {
        name: 'webhooks: skopeo push: PUSH_ARTIFACT as Harbor has it, signed',
        async run() {
          layout = await writeImageLayout(await context.directory('artifacts/hooked-2'));
          ({ digest } = layout);
          const push = () => world.skopeo(pushArgs(layout, remote));
          assertPayload(await expectDelivery('PUSH_ARTIFACT', push), 'PUSH_ARTIFACT', '1');
        },
      },
      {
        name: 'webhooks: skopeo pull: PULL_ARTIFACT',
        async run() {
          const directory = await context.directory('artifacts/hooked-pulled');
          const flags = ['copy', '--src-tls-verify=false'];
          const pull = () => world.skopeo([...flags, `docker://${remote}`, `oci:${directory}:1`]);
          assertPayload(await expectDelivery('PULL_ARTIFACT', pull), 'PULL_ARTIFACT', '1');
        },
      },
      {
        name: 'webhooks: what was sent is listed, with its payload and its log',
        async run() {
          const executions = await listExecutions();
          const types = executions.map((one) => valueAt(one, 'extra_attrs', 'event_type'));
          assertEqual(types, ['PULL_ARTIFACT', 'PUSH_ARTIFACT'], 'event types');
          const [, pushed] = executions;
          assertEqual(valueAt(pushed, 'status'), 'Success', 'status');
          const sent = receiver.deliveries.find(({ body }) => valueAt(body, 'type') === types[1]);
          assertEqual(valueAt(pushed, 'extra_attrs', 'payload'), sent?.text, 'payload');
          const tasks = `${policy}/executions/${numberAt(pushed, 'id')}/tasks`;
          const listed = (await admin.send({ method: 'GET', path: tasks }, 200)).body;
          const path = `${tasks}/${numberAt(listed, 0, 'id')}/log`;
          const log = String((await admin.send({ method: 'GET', path }, 200)).body);
          assertIncludes(log, 'answered 200', 'log');
          if (log.includes('receivers-token')) throw new Error(`the log has the token: ${log}`);
        },
      },
      {
        name: 'webhooks: a replay sends the same body once more, as another execution',
        async run() {
          const pushed = (await listExecutions()).at(-1);
          const path = `${policy}/executions/${numberAt(pushed, 'id')}/replay`;
          const again = await expectDelivery('PUSH_ARTIFACT', async () => {
            await admin.send({ method: 'POST', path }, 201);
          });
          assertEqual(again.text, textAt(pushed, 'extra_attrs', 'payload'), 'the body');
          assertPayload(again, 'PUSH_ARTIFACT', '1');
          assertEqual((await listExecutions()).length, 3, 'executions');
        },
      },
      {
        name: 'webhooks: a receiver that answers 503 is told again',
        async run() {
          receiver.answerOnce(503);
          const from = receiver.deliveries.length;
          const tag = ['copy', '--src-tls-verify=false', '--dest-tls-verify=false'];
          await world.skopeo([...tag, `docker://${remote}`, `docker://${remote}-again`]);
          const isPush = ({ body }: Delivery) =>
            valueAt(body, 'event_data', 'resources', 0, 'tag') === '1-again';
          const first = await receiver.waitFor(isPush, from);
          const at = receiver.deliveries.indexOf(first);
          const second = await receiver.waitFor(isPush, at + 1);
          assertEqual(second.text, first.text, 'the body');
        },
      },
      {
        name: 'webhooks: skopeo delete: DELETE_ARTIFACT, one resource for each tag',
        async run() {
          const image = `docker://${remote}`;
          const { body } = await expectDelivery('DELETE_ARTIFACT', () =>
            world.skopeo(['delete', '--tls-verify=false', image]),
          );
          const tags = listAt(body, 'event_data', 'resources').map((one) => textAt(one, 'tag'));
          assertEqual(tags.toSorted(), ['1', '1-again'], 'tags');
          assertEqual(valueAt(body, 'event_data', 'resources', 0, 'digest'), digest, 'digest');
        },
      },
      {
        name: 'webhooks: a disabled policy is told nothing',
        async run() {
          const body = policyOf('ours', `http://127.0.0.1:${receiver.port}/in`);
          await admin.send({ method: 'PUT', path: policy, body: { ...body, enabled: false } }, 200);
          const last = await createPolicy('other', '127.0.0.1');
          const before = (await listExecutions()).length;
          await expectDelivery('PUSH_ARTIFACT', () => world.skopeo(pushArgs(layout, remote)));
          assertEqual((await listExecutions()).length, before, 'executions of the disabled one');
          policy = last;
        },
      },
      {
        name: 'webhooks: without the setting again that policy is called no more',
        async run() {
          await context.registry.restart?.();
          const before = receiver.deliveries.length;
          await world.skopeo(pushArgs(layout, `${remote}-refused`));
          await waitUntil('the delivery to fail', async () => {
            const [execution] = await listExecutions();
            return valueAt(execution, 'status') === 'Error';
          });
          const [execution] = await listExecutions();
          const path = `${policy}/executions/${numberAt(execution, 'id')}/tasks`;
          const tasks = (await admin.send({ method: 'GET', path }, 200)).body;
          assertIncludes(textAt(tasks, 0, 'status_message'), REFUSED, 'status_message');
          assertEqual(receiver.deliveries.length, before, 'requests that arrived');
        },
      },
    ].map((step) => ({
      name: step.name,
      async run() {
        if (context.registry.restart === undefined) throw new StepSkipped('not ours to restart');
        await step.run();
      },
    })),
  ];
}
