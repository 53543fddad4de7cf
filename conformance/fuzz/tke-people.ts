import { hostileBodies, hostileSegments, hostileTexts } from './hostile.ts';
import { type Drawn, type DrawOptions, encode, pickFrom } from './tke-request.ts';
import { contentTypes, mergePatches } from './tke-values.ts';

const KEYS = '/apis/auth.tkestack.io/v1/apikeys';
const GATEWAY = '/apis/gateway.tkestack.io/v1';

/** A request about API keys; none tries a password. */
export function drawKeys(options: DrawOptions): Drawn {
  const { random, hints } = options;
  const luck = random.fraction();
  const json = { 'content-type': pickFrom(options, contentTypes.good, contentTypes.bad) };
  if (luck < 0.35) {
    const path = random.chance(0.8) ? 'token' : 'password';
    const expire = pickFrom<unknown>(
      options,
      ['1h', '30m', ''],
      ['-1h', '1000000h', '1', 'h', '1h1h1h', '0s', 5, null, ...hostileTexts],
    );
    const description = pickFrom<unknown>(options, ['fuzz'], [...hostileTexts, 1, {}]);
    const more =
      path === 'password'
        ? { tenantID: pickFrom(options, ['default'], hostileTexts), username: '', password: '' }
        : {};
    const body = random.chance(options.wildness / 4)
      ? random.pick(hostileBodies)
      : Buffer.from(JSON.stringify({ expire, description, ...more }));
    return { part: 'keys', method: 'POST', target: `${KEYS}/default/${path}`, headers: json, body };
  }
  if (luck < 0.55) {
    const selector = pickFrom<string>(
      options,
      ['', 'spec.tenantID=default', 'spec.username=admin', 'spec.username!=admin'],
      ['=', 'spec.apiKey=', 'status.x=1', ...hostileTexts],
    );
    return keys('GET', `${KEYS}?fieldSelector=${encode(selector, options)}`);
  }
  const name = pickFrom(options, hints.keys, [
    'apk-0',
    'apk--1',
    'apk-99999999999999999999',
    'apk-1e3',
    ...hostileSegments,
  ]);
  const method = pickFrom(options, ['GET', 'PUT', 'PATCH', 'DELETE'], ['POST', 'HEAD', 'OPTIONS']);
  if (method === 'GET' || method === 'DELETE') return keys(method, `${KEYS}/${name}`);
  const type =
    method === 'PATCH'
      ? pickFrom(
          options,
          ['application/merge-patch+json', 'application/json-patch+json'],
          contentTypes.bad,
        )
      : json['content-type'];
  const change = pickFrom<unknown>(
    options,
    [{ status: { disabled: true } }, { status: { disabled: false } }],
    [
      { status: 'x' },
      { status: { disabled: 'yes' } },
      { spec: { apiKey: 'x' } },
      { metadata: { resourceVersion: 1 } },
      [],
      null,
      ...mergePatches,
    ],
  );
  const body = random.chance(options.wildness / 5)
    ? random.pick(hostileBodies)
    : Buffer.from(JSON.stringify(change) ?? '');
  return keys(method, `${KEYS}/${name}`, { headers: { 'content-type': type }, body });
}

function keys(method: string, target: string, more: Partial<Drawn> = {}): Drawn {
  return { part: 'keys', method, target, body: undefined, ...more };
}

/** What TKE's console asks. */
export function drawGateway(options: DrawOptions): Drawn {
  const target = pickFrom(
    options,
    [`${GATEWAY}/sysinfo`, `${GATEWAY}/tokens/info`],
    [
      `${GATEWAY}/sysinfo?x=${'y'.repeat(2_000)}`,
      `${GATEWAY}/tokens/info?%`,
      `${GATEWAY}/tokens/info/x`,
    ],
  );
  return { part: 'gateway', method: 'GET', target, body: undefined };
}
