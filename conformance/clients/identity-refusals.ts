import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { assertEqual } from './assertion.ts';
import { type Step, StepSkipped } from './client.ts';
import type { Login } from './go-client.ts';
import { makeRobot, makeUser, PASSWORD, WORKLOAD } from './identity-accounts.ts';
import type { IdentityWorld } from './identity-world.ts';

/**
 * Robots are refused within a millisecond or two, in which a median of 20 is still chance. No name
 * may be guessed 30 times, or the brake on guessing takes part.
 */
const SAMPLES = { user: 20, robot: 100 } as const;
const NAMES = 4;
/** How far the medians of known and unknown names may be apart. */
const TOLERANCE = 0.2;
const WRONG = 'Wrong-12345';
const EXPIRY_LIMIT_MS = 20_000;
const KNOWN_FIRST = ['known', 'unknown'] as const;
const UNKNOWN_FIRST = ['unknown', 'known'] as const;

/** Who is not let in, and that nobody learns from it which names there are. */
export function createRefusalSteps(world: IdentityWorld): Step[] {
  return [
    createSameAnswerStep(world),
    createExpiryStep(world),
    createTimingStep(world, 'user', async (count) => {
      const names = ['known-1', 'known-2', 'known-3', 'known-4'].slice(0, count);
      const users = await Promise.all(names.map((name) => makeUser(world, name)));
      return users.map(({ username }) => username);
    }),
    createTimingStep(world, 'robot', async (count) => {
      const names = ['timed-1', 'timed-2', 'timed-3', 'timed-4'].slice(0, count);
      const robots = names.map((name) => makeRobot(world, { level: 'system', name }));
      return (await Promise.all(robots)).map(({ username }) => username);
    }),
  ];
}

function createSameAnswerStep(world: IdentityWorld): Step {
  return {
    name: 'whoever is wrong gets 401 with the same body, everywhere',
    async run() {
      const logins = await makeWrongLogins(world);
      const paths = [
        `/service/token?service=harbor-registry&scope=repository:${world.own}/image:pull`,
        '/v2/',
        '/api/v2.0/users/current',
        '/api/v2.0/projects',
      ];
      for (const path of paths) {
        const bodies = new Map<string, string>();
        for (const [who, login] of logins) {
          const { status, body } = await ask(world, path, login);
          assertEqual(status, 401, `${who} at ${path}`);
          bodies.set(who, body);
        }
        const [[, first] = ['', '']] = bodies;
        for (const [who, body] of bodies) assertEqual(body, first, `${who} at ${path}`);
      }
    },
  };
}

async function makeWrongLogins(world: IdentityWorld): Promise<Map<string, Login>> {
  const user = await makeUser(world, 'refused');
  const robot = await makeRobot(world, { level: 'project', name: 'refused' });
  const disabled = await makeRobot(world, {
    level: 'project',
    name: 'disabled',
    more: { disable: true },
  });
  const { issuer, mintToken } = world.provider();
  const conditions = [{ claim: 'sub', pattern: 'repo:berth/app:**' }];
  const trusts = [{ issuer, audience: WORKLOAD.aud, conditions }];
  const more = { trusts };
  const workload = await makeRobot(world, { level: 'project', name: 'refused-workload', more });
  const stranger = await mintToken({ ...WORKLOAD, sub: 'repo:other/app:ref:refs/heads/main' });
  return new Map<string, Login>([
    ['a wrong password', { username: user.username, password: WRONG }],
    ['an unknown name', { username: `nobody-${world.suffix}`, password: PASSWORD }],
    ['a wrong secret', { username: robot.username, password: WRONG }],
    ['a disabled robot', disabled],
    ['an unknown robot', { username: 'robot$unknown', password: robot.password }],
    ["another robot's secret", { username: disabled.username, password: robot.password }],
    ['a workload of somebody else', { username: workload.username, password: stranger }],
    ['a user of the directory', { username: 'carol', password: WRONG }],
    ['an empty password', { username: user.username, password: '' }],
  ]);
}

/** Robots live for whole days at least; their former secrets and personal tokens end sooner. */
function createExpiryStep(world: IdentityWorld): Step {
  return {
    name: 'an expired robot secret and an expired personal token are refused',
    async run() {
      const robot = await makeRobot(world, { level: 'project', name: 'expiring' });
      const path = `/robots/${robot.id}`;
      const secret = { secret: '', keep_old_seconds: 2 };
      await world.admin.send({ method: 'PATCH', path, body: secret }, 200);
      const user = await makeUser(world, 'expiring');
      const expires_at = new Date(Date.now() + 2_000).toISOString();
      const body = { name: 'short', scopes: ['api:read'], expires_at };
      const request = { method: 'POST', path: '/users/current/tokens', body } as const;
      const { body: made } = await world.as(user).send(request, 201);
      const token = typeof made === 'object' && made !== null && 'token' in made ? made.token : '';
      await untilRefused(world, robot);
      await untilRefused(world, { username: user.username, password: String(token) });
    },
  };
}

/** Asks once with what is still good, then again until it is not. */
async function untilRefused(world: IdentityWorld, login: Login): Promise<void> {
  const deadline = performance.now() + EXPIRY_LIMIT_MS;
  while (performance.now() < deadline) {
    const { status } = await ask(world, '/api/v2.0/projects', login);
    if (status === 401) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${login.username} is still let in`);
}

function createTimingStep(
  world: IdentityWorld,
  what: 'user' | 'robot',
  makeNames: (count: number) => Promise<string[]>,
): Step {
  return {
    name: `a ${what} that exists is refused no faster or slower than one that does not`,
    async run() {
      if (!world.context.registry.host.startsWith('127.')) {
        throw new StepSkipped('the registry is not on this machine, so times tell nothing');
      }
      const known = await makeNames(NAMES);
      const prefix = what === 'robot' ? 'robot$' : '';
      const unknown = known.map((_, index) => `${prefix}nobody-${world.suffix}-${index}`);
      const offset = what === 'robot' ? 1 : 101;
      const times = { known: [] as number[], unknown: [] as number[] };
      // By turns, and each the first as often: what else the machine does falls on both.
      for (let sample = 0; sample < SAMPLES[what]; sample++) {
        for (const which of sample % 2 === 0 ? KNOWN_FIRST : UNKNOWN_FIRST) {
          const names = which === 'known' ? known : unknown;
          times[which].push(await timeRefusal(world, names, which, { sample, offset }));
        }
      }
      const [yes, no] = [medianOf(times.known), medianOf(times.unknown)];
      if (Math.abs(yes - no) > TOLERANCE * Math.max(yes, no)) {
        throw new Error(`known ${yes.toFixed(2)} ms, unknown ${no.toFixed(2)} ms`);
      }
    },
  };
}

async function timeRefusal(
  world: IdentityWorld,
  names: readonly string[],
  which: 'known' | 'unknown',
  { sample, offset }: { readonly sample: number; readonly offset: number },
): Promise<number> {
  const username = names[sample % names.length] ?? '';
  const start = performance.now();
  const { status } = await ask(
    world,
    '/service/token?service=harbor-registry',
    { username, password: WRONG },
    // Both from addresses that were never seen before.
    `127.0.${which === 'known' ? 7 : 8}.${offset + sample}`,
  );
  const elapsed = performance.now() - start;
  assertEqual(status, 401, username);
  return elapsed;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/**
 * One request with HTTP Basic.
 *
 * @param localAddress to send from: the brake on guessing counts by address
 */
async function ask(
  world: IdentityWorld,
  path: string,
  { username, password }: Login,
  localAddress?: string,
): Promise<{ status: number; body: string }> {
  const sent = request(new URL(path, world.context.registry.url), {
    auth: `${username}:${password}`,
    ...(localAddress !== undefined && { localAddress }),
  });
  sent.end();
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (response === undefined) throw new Error('no answer');
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body };
}
