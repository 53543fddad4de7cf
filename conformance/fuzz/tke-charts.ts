import { hostileBodies, hostileSegments } from './hostile.ts';
import { type Drawn, type DrawOptions, damage, pickFrom } from './tke-request.ts';

const GROUPS = ['fuzz', 'fuzz', 'fuzz', 'none', 'public'];
const BAD_GROUPS = [
  'default-chart-fuzz',
  'alpha-chart-fuzz',
  'library',
  '..',
  'FUZZ',
  '__proto__',
  ...hostileSegments,
];
const FILES = ['web-1.0.0.tgz', 'web-1.0.0.tgz.prov', 'web-9.9.9.tgz'];
const BAD_FILES = [
  'web',
  '.tgz',
  '-.tgz',
  'web-.tgz',
  '.tgz.prov',
  'web-1.0.0.tgz.prov.prov',
  '..%2f..%2findex.yaml',
  ...hostileSegments,
];

/** A request to the chart routes, of all three families. */
export function drawCharts(options: DrawOptions): Drawn {
  const { random } = options;
  const group = pickFrom<string>(options, GROUPS, BAD_GROUPS);
  const luck = random.fraction();
  if (luck < 0.35) return drawUpload(options, group);
  if (luck < 0.6) return drawRead(options, group);
  const name = pickFrom(options, ['web', 'none'], hostileSegments);
  const version = pickFrom(options, ['1.0.0', 'latest', '9.9.9'], hostileSegments);
  const api = apiOf(options, group);
  const rest = random.pick(['', `/${name}`, `/${name}/${version}`, `/${name}/${version}`]) ?? '';
  const method = pickFrom(
    options,
    ['GET', 'GET', 'HEAD', 'DELETE'],
    ['PUT', 'PATCH', 'OPTIONS', 'POST'],
  );
  const query = random.chance(0.2)
    ? `?offset=${pickFrom(options, ['0', '1'], ['-1', 'x', '9'.repeat(30)])}&limit=${pickFrom(options, ['1'], ['-1', '', '%'])}`
    : '';
  return charts(method, `${api}/charts${rest}${query}`);
}

function charts(method: string, target: string, more: Partial<Drawn> = {}): Drawn {
  return { part: 'charts', method, target, body: undefined, ...more };
}

function apiOf(options: DrawOptions, group: string): string {
  return pickFrom(
    options,
    [`/chart/api/${group}`, `/api/chartrepo/${group}`],
    [`/chart/api/${group}/x`, `/chartrepo/api/${group}`],
  );
}

function drawRead(options: DrawOptions, group: string): Drawn {
  const { random } = options;
  const root = pickFrom(
    options,
    ['/chart', '/chartrepo'],
    ['/chart//', '/CHART', '/chart/..', '/chart/api/..'],
  );
  const file = pickFrom<string>(options, FILES, BAD_FILES);
  const path =
    random.pick([`/${group}/index.yaml`, `/${group}/charts/${file}`, '/index.yaml', '/health']) ??
    '';
  const method = pickFrom(options, ['GET', 'GET', 'HEAD'], ['POST', 'PUT', 'OPTIONS']);
  const headers = random.chance(0.2)
    ? { 'if-none-match': pickFrom(options, ['*', '"x"'], ['W/"', ',,,', '"'.repeat(900)]) }
    : {};
  return charts(method, `${root}${path}`, { headers });
}

function drawUpload(options: DrawOptions, group: string): Drawn {
  const { random, hints } = options;
  const to = pickFrom(
    options,
    ['charts', 'charts', 'prov'],
    ['chart', 'charts/web', 'charts/web/1.0.0'],
  );
  const force = pickFrom(
    options,
    ['', '?force', '?force=true', '?force=false'],
    ['?force=maybe', '?force[]=1', '?%'],
  );
  const target = `${apiOf(options, group)}/${to}${force}`;
  const archive = pickFrom(options, hints.archives.slice(0, 3), hints.archives);
  const bytes = random.chance(options.wildness / 3) ? damage(archive, random) : archive;
  if (random.chance(0.15)) {
    const type = pickFrom(
      options,
      ['application/gzip', 'application/octet-stream'],
      ['', 'multipart/mixed', 'x'],
    );
    return charts('POST', target, { headers: { 'content-type': type }, body: bytes });
  }
  const form = drawForm(options, to, bytes);
  return charts('POST', target, form);
}

/** A form as helm-push sends it, or with its parts, names and boundaries astray. */
function drawForm(
  options: DrawOptions,
  to: string,
  archive: Buffer,
): { headers: Record<string, string>; body: Buffer | undefined } {
  const { random, wildness, hints } = options;
  const boundary = 'fuzz7f3a';
  const type = pickFrom(
    options,
    [`multipart/form-data; boundary=${boundary}`],
    [
      'multipart/form-data',
      'multipart/form-data; boundary=',
      'multipart/form-data; boundary="',
      `multipart/form-data; boundary=${'b'.repeat(300)}`,
      'multipart/form-data; boundary=other',
      `multipart/form-data; boundary=${boundary}; boundary=x`,
      'MULTIPART/FORM-DATA;BOUNDARY=fuzz7f3a',
    ],
  );
  if (random.chance(wildness / 6))
    return { headers: { 'content-type': type }, body: random.pick(hostileBodies) };
  const count = random.chance(wildness / 8) ? random.between(0, 40) : 1;
  const parts = Array.from({ length: count }, () =>
    drawPart(
      options,
      boundary,
      to === 'prov' ? hints.provenance : archive,
      to === 'prov' ? 'prov' : 'chart',
    ),
  );
  if (random.chance(0.2)) parts.push(drawPart(options, boundary, hints.provenance, 'prov'));
  const end = pickFrom(
    options,
    [`--${boundary}--\r\n`],
    ['', `--${boundary}`, `--${boundary}--`, '\r\n\r\n'],
  );
  const whole = Buffer.concat([...parts, Buffer.from(end)]);
  const body = random.chance(wildness / 6) ? damage(whole, random) : whole;
  return { headers: { 'content-type': type }, body };
}

function drawPart(options: DrawOptions, boundary: string, bytes: Buffer, usual: string): Buffer {
  const name = pickFrom(
    options,
    [usual],
    ['', 'CHART', 'prov', '__proto__', 'a'.repeat(3_000), 'chart"; x="', 'chart[]'],
  );
  const file = pickFrom(
    options,
    ['web-1.0.0.tgz'],
    ['', '../../x', 'a\u0000b', '\u202Egnp', 'x'.repeat(9_000), '"'],
  );
  const head = pickFrom(
    options,
    [
      `Content-Disposition: form-data; name="${name}"; filename="${file}"\r\nContent-Type: application/gzip\r\n`,
    ],
    [
      '',
      'Content-Disposition: form-data\r\n',
      `Content-Disposition: form-data; name="${name}"\r\n`,
      `Content-Disposition: attachment; name="chart"\r\n`,
      `Content-Disposition: form-data; name="chart"; filename*=UTF-8''%ff%zz\r\n`,
      `Content-Disposition: form-data; name="chart"; filename="x"\r\nContent-Transfer-Encoding: base64\r\n`,
      `X: ${'y'.repeat(100_000)}\r\n`,
      'no colon at all\r\n',
    ],
  );
  return Buffer.concat([Buffer.from(`--${boundary}\r\n${head}\r\n`), bytes, Buffer.from('\r\n')]);
}
