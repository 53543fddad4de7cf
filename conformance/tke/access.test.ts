import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { authRows, type CallerName, callers, registryRows, statusesOf } from './access-rows.ts';
import { FOREIGN_TENANT, Scene, type SceneRequest, TENANT } from './access-scene.ts';
import type { Answer } from './http.ts';
import { parseObject, refusalOf } from './objects.ts';
import { openTkeWorld, type TkeCall, type TkeWorld, USER_PASSWORD } from './world.ts';

let world: TkeWorld;
let scene: Scene;

beforeAll(async () => {
  world = await openTkeWorld('builtin');
  scene = new Scene(world);
  await scene.open();
}, 120_000);
afterAll(() => world.close());

const REGISTRY = 'registry.tkestack.io/v1';
const AUTH = 'auth.tkestack.io/v1';

const who: Readonly<Record<CallerName, Pick<TkeCall, 'as' | 'tenant'>>> = {
  anonymous: { tenant: TENANT },
  stranger: { as: 'outsider', tenant: TENANT },
  foreign: { as: 'outsider', tenant: FOREIGN_TENANT },
  viewer: { as: 'viewer', tenant: TENANT },
  member: { as: 'member', tenant: TENANT },
  worker: { as: 'worker', tenant: TENANT },
  owner: { as: 'owner', tenant: TENANT },
  admin: { as: 'tenant-admin', tenant: TENANT },
  privileged: { as: 'admin', tenant: TENANT },
};

const discovery = z.looseObject({
  resources: z.array(z.looseObject({ name: z.string(), verbs: z.array(z.string()) })),
});

/** `{caller} {status}` of all, to be read in a failure. */
const named = (statuses: readonly number[]) =>
  callers.map((caller, index) => `${caller} ${statuses[index]}`);

/** A refusal must be a Status that kubectl understands. */
function checkAnswer(answer: Answer): void {
  if (answer.status >= 400) refusalOf(answer);
}

describe('the tables', () => {
  it.each([
    [REGISTRY, registryRows],
    [AUTH, authRows],
  ])('have each resource, part and verb of %s, and nothing else', async (group, rows) => {
    const { json } = await world.call(`/apis/${group}`, { as: 'admin' });
    const served = discovery
      .parse(json)
      .resources.flatMap(({ name, verbs }) => verbs.map((verb) => `${name} ${verb}`));
    expect(rows.map(([what]) => what).toSorted()).toEqual(served.toSorted());
  });

  it('are of all groups', async () => {
    const { json } = await world.call('/apis', { as: 'admin' });
    const groups = z
      .looseObject({ groups: z.array(z.looseObject({ name: z.string() })) })
      .parse(json);
    expect(groups.groups.map(({ name }) => `${name}/v1`).toSorted()).toEqual([AUTH, REGISTRY]);
  });
});

describe.each(registryRows)('%s', (what, row) => {
  const [path = '', verb = ''] = what.split(' ');
  const [resource = '', part = ''] = path.split('/');

  async function ask(caller: CallerName): Promise<number> {
    const { path: target, call } = await scene.requestOf(resource, part, verb);
    const answer = await world.api(target, { ...call, ...who[caller] });
    checkAnswer(answer);
    if (answer.status === 201) await scene.remove(resource, parseObject(answer.json));
    return answer.status;
  }

  it('is for those of the table', async () => {
    const statuses: number[] = [];
    if (verb === 'watch') statuses.push(...(await Promise.all(callers.map(ask))));
    else for (const caller of callers) statuses.push(await ask(caller));
    expect(named(statuses)).toEqual(named(statusesOf(row)));
  });

  it('tells those of another tenant nothing of what is there', async () => {
    const request = await scene.requestOf(resource, part, verb);
    if (request.name === undefined) return;
    const missing = withName(request, request.name, 'gone-bcdfghjk');
    for (const caller of ['stranger', 'foreign'] as const) {
      const there = await world.api(request.path, { ...request.call, ...who[caller] });
      const absent = await world.api(missing.path, { ...missing.call, ...who[caller] });
      expect(there.status).toBe(absent.status);
      expect(there.text.replaceAll(request.name, 'gone-bcdfghjk')).toBe(absent.text);
    }
  });
});

function withName({ path, call }: SceneRequest, name: string, other: string) {
  const { json } = call;
  const body: unknown =
    json === undefined ? undefined : JSON.parse(JSON.stringify(json).replaceAll(name, other));
  const changed = json === undefined ? call : { ...call, json: body };
  return { path: path.replaceAll(name, other), call: changed };
}

describe('collections over all namespaces', () => {
  it.each(['repositories', 'charts'])('%s are for the tenant', async (resource) => {
    for (const query of ['', '?watch=true&timeoutSeconds=1']) {
      const answers = await Promise.all(
        callers.map((caller) => world.api(`/${resource}${query}`, who[caller])),
      );
      answers.map(checkAnswer);
      const expected = [401, 403, 200, 200, 200, 200, 200, 200, 200];
      expect(named(answers.map(({ status }) => status))).toEqual(named(expected));
    }
  });
});

describe('API keys', () => {
  const KEYS = `/apis/${AUTH}/apikeys`;

  async function createKey(caller: CallerName): Promise<string> {
    const answer = await world.call(`${KEYS}/default/token`, {
      ...who[caller],
      method: 'POST',
      json: { expire: '1h' },
    });
    expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
    return z.looseObject({ metadata: z.looseObject({ name: z.string() }) }).parse(answer.json)
      .metadata.name;
  }

  const password = (caller: CallerName) => ({
    expire: '1h',
    tenantID: caller === 'foreign' ? FOREIGN_TENANT : TENANT,
    username: caller === 'foreign' ? 'outsider' : 'member',
    password: Buffer.from(USER_PASSWORD).toString('base64'),
  });

  async function send(what: string, caller: CallerName, name: string): Promise<Answer> {
    const [path = '', verb = ''] = what.split(' ');
    if (path === 'apikeys/token' || path === 'apikeys/password') {
      const isToken = path === 'apikeys/token';
      return world.call(`${KEYS}/default/${isToken ? 'token' : 'password'}`, {
        ...who[caller],
        method: 'POST',
        json: isToken ? { expire: '1h' } : password(caller),
      });
    }
    const change = { status: { disabled: true } };
    const calls: Readonly<Record<string, TkeCall>> = {
      get: {},
      delete: { method: 'DELETE' },
      update: { method: 'PUT', json: { metadata: { name }, ...change } },
      patch: {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify(change),
      },
    };
    return world.call(verb === 'list' ? KEYS : `${KEYS}/${name}`, {
      ...calls[verb],
      ...who[caller],
    });
  }

  it.each(authRows)('%s is for those of the table', async (what, row) => {
    const statuses: number[] = [];
    for (const caller of callers) {
      const answer = await send(what, caller, await createKey('member'));
      checkAnswer(answer);
      statuses.push(answer.status);
    }
    expect(named(statuses)).toEqual(named(statusesOf(row)));
  });

  it('are listed to whom they belong, and to administrators of their tenant', async () => {
    const name = await createKey('member');
    const seen = await Promise.all(
      callers.map(async (caller) => {
        const query = '?fieldSelector=spec.tenantID%3Dalpha';
        const { text } = await world.call(`${KEYS}${query}`, who[caller]);
        return text.includes(`"${name}"`) ? caller : '';
      }),
    );
    expect(seen.filter((caller) => caller !== '')).toEqual(['member', 'admin', 'privileged']);
  });

  it('make no key, whatever they are used as', async () => {
    const made = await world.call(`${KEYS}/default/token`, {
      ...who.worker,
      method: 'POST',
      json: { expire: '1h' },
    });
    const { apiKey } = z
      .looseObject({ spec: z.looseObject({ apiKey: z.string() }) })
      .parse(made.json).spec;
    const basic = Buffer.from(`worker:${apiKey}`).toString('base64');
    for (const authorization of [`Basic ${basic}`, `Bearer ${apiKey}`]) {
      const call = { tenant: TENANT, headers: { authorization } };
      expect((await world.api('/namespaces', call)).status).toBe(200);
      const again = await world.call(`${KEYS}/default/token`, {
        ...call,
        method: 'POST',
        json: { expire: '1h' },
      });
      expect(refusalOf(again)).toMatchObject({ code: 403, reason: 'Forbidden' });
      const byPassword = await world.call(`${KEYS}/default/password`, {
        tenant: TENANT,
        method: 'POST',
        json: { ...password('worker'), password: Buffer.from(apiKey).toString('base64') },
      });
      expect(refusalOf(byPassword)).toMatchObject({ code: 401, reason: 'Unauthorized' });
    }
  });
});

it('names nothing internal in any answer', () => {
  expect(world.leaks()).toEqual([]);
});
