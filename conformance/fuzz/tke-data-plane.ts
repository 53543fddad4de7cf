import {
  contentTypes as anyTypes,
  hostileBodies,
  hostileSegments,
  hostileTexts,
} from './hostile.ts';
import { type Drawn, type DrawOptions, damage, encode, pickFrom } from './tke-request.ts';
import { repositoryNames, scopes } from './tke-values.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const MANIFESTS: readonly string[] = [
  '{"schemaVersion":2}',
  `{"schemaVersion":2,"mediaType":"${MANIFEST}","config":{"mediaType":"x/y","digest":"sha256:${'0'.repeat(64)}","size":2},"layers":[]}`,
  '{"schemaVersion":2,"config":null,"layers":null}',
  '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{}]}',
  '{"schemaVersion":1,"name":"default-image-fuzz/app","tag":"x","fsLayers":[]}',
  `{"schemaVersion":2,"subject":{"digest":"sha256:x","size":-1,"mediaType":""}}`,
];

/** A request to `/v2`. */
export function drawImages(options: DrawOptions): Drawn {
  const { random, hints } = options;
  const luck = random.fraction();
  if (luck < 0.03)
    return images('GET', pickFrom(options, ['/v2/', '/v2'], ['/v2//', '/v2/..', '/v2/%', '/V2/']));
  if (luck < 0.09) return images('GET', `/v2/_catalog${drawPage(options)}`);
  const name = pickFrom<string>(options, repositoryNames.good, repositoryNames.bad);
  const repository = random.chance(options.wildness / 4)
    ? encode(name, options)
    : name.replaceAll(/[^\x21-\x7e]/g, '');
  const at = `/v2/${repository}`;
  const digest = pickFrom(options, hints.digests, [
    `sha256:${'0'.repeat(64)}`,
    'sha256:',
    'sha256:x',
    `sha512:${'a'.repeat(128)}`,
    'md5:d41d8cd98f00b204e9800998ecf8427e',
    ...hostileSegments,
  ]);
  if (luck < 0.2) return images('GET', `${at}/tags/list${drawPage(options)}`);
  if (luck < 0.27) return images('GET', `${at}/referrers/${digest}${drawPage(options)}`);
  if (luck < 0.45) return drawBlob(options, at, digest);
  if (luck < 0.65) return drawUpload(options, at, digest);
  return drawManifest(options, at, digest);
}

function images(method: string, target: string, more: Partial<Drawn> = {}): Drawn {
  return { part: 'images', method, target, body: undefined, ...more };
}

function drawPage(options: DrawOptions): string {
  const { random } = options;
  if (random.chance(0.4)) return '';
  const n = pickFrom(options, ['1', '10'], ['0', '-1', 'x', '99999999999', '']);
  const last = pickFrom<string>(
    options,
    ['fuzz/app', 'latest'],
    [...hostileTexts, ...repositoryNames.bad],
  );
  return `?n=${encode(n, options)}&last=${encode(last, options)}`;
}

function drawBlob(options: DrawOptions, at: string, digest: string): Drawn {
  const { random } = options;
  const method = pickFrom(
    options,
    ['GET', 'HEAD', 'GET', 'DELETE'],
    ['PUT', 'POST', 'PATCH', 'OPTIONS'],
  );
  const range = pickFrom(
    options,
    ['bytes=0-9', 'bytes=1-'],
    ['bytes=9-1', 'bytes=-', 'bytes=0-0,2-3', 'lines=1', `bytes=0-${'9'.repeat(40)}`],
  );
  const headers = random.chance(0.3) ? { range } : {};
  return images(method, `${at}/blobs/${digest}`, { headers });
}

function drawUpload(options: DrawOptions, at: string, digest: string): Drawn {
  const { random } = options;
  const body = random.chance(0.5) ? random.pick(hostileBodies) : undefined;
  const headers = {
    'content-type': pickFrom<string>(options, ['application/octet-stream'], anyTypes),
  };
  if (random.chance(0.5)) {
    const from = pickFrom<string>(options, repositoryNames.good, repositoryNames.bad);
    const query = random.chance(0.5)
      ? `?mount=${encode(digest, options)}&from=${encode(from, options)}`
      : pickFrom(
          options,
          ['', `?digest=${digest}`],
          ['?mount=x', '?from=x', '?digest=', '?digest-algorithm=sha999'],
        );
    return images('POST', `${at}/blobs/uploads/${query}`, { headers, body });
  }
  const id = pickFrom(options, ['01890a5d-ac96-774b-bcce-b302099a8057'], hostileSegments);
  const method = pickFrom(options, ['GET', 'PATCH', 'PUT', 'DELETE'], ['HEAD', 'POST']);
  const query = pickFrom(
    options,
    ['', `?digest=${digest}`],
    ['?_state=x', '?_state=default-image-x&digest=', `?digest=${digest}&digest=x`],
  );
  const ranged = random.chance(0.3)
    ? { 'content-range': pickFrom(options, ['0-9'], ['9-0', 'x', 'bytes 0-9/10']) }
    : {};
  return images(method, `${at}/blobs/uploads/${id}${query}`, {
    headers: { ...headers, ...ranged },
    body,
  });
}

function drawManifest(options: DrawOptions, at: string, digest: string): Drawn {
  const { random } = options;
  const method = pickFrom(
    options,
    ['GET', 'GET', 'HEAD', 'PUT', 'PUT', 'DELETE'],
    ['POST', 'PATCH', 'OPTIONS'],
  );
  const reference = random.chance(0.4)
    ? digest
    : pickFrom(
        options,
        ['latest', 'none', 'v1'],
        ['.', '-', 'a'.repeat(129), 'a%20b', ...hostileSegments],
      );
  const type = pickFrom<string>(options, [MANIFEST], anyTypes);
  const isPut = method === 'PUT';
  const text = random.pick(MANIFESTS) ?? '';
  const whole = random.chance(0.3) ? random.pick(hostileBodies) : Buffer.from(text);
  const body = isPut && whole !== undefined && random.chance(0.2) ? damage(whole, random) : whole;
  return images(method, `${at}/manifests/${reference}`, {
    headers: isPut ? { 'content-type': type } : { accept: type },
    body: isPut ? body : undefined,
  });
}

/** A request for a token, by query or form. */
export function drawToken(options: DrawOptions): Drawn {
  const { random } = options;
  const path = pickFrom(
    options,
    ['/service/token', '/registry/auth'],
    [
      '/service/token/',
      '/service/notifications/jobs/1',
      '/registry/notification',
      '/service/',
      '/registry/auth/x',
    ],
  );
  const count = random.chance(0.05) ? 200 : random.between(0, 3);
  const pairs = Array.from({ length: count }, (): [string, string] => [
    'scope',
    pickFrom<string>(options, scopes.good, scopes.bad),
  ]);
  const service = pickFrom(options, ['tke', 'harbor-registry'], hostileTexts);
  if (!random.chance(options.wildness / 4)) pairs.push(['service', service]);
  if (random.chance(0.1)) pairs.push(['account', pickFrom(options, ['admin'], hostileTexts)]);
  const query = pairs
    .map(([name, value]) => `${name}=${encode(value, options)}`)
    .join('&')
    .slice(0, 7_000);
  if (random.chance(0.8))
    return { part: 'token', method: 'GET', target: `${path}?${query}`, body: undefined };
  const type = pickFrom<string>(options, ['application/x-www-form-urlencoded'], anyTypes);
  const grant = pickFrom(options, ['', 'grant_type=refresh_token&'], ['grant_type=password&']);
  const body = random.chance(options.wildness / 3)
    ? random.pick(hostileBodies)
    : Buffer.from(grant + query);
  return { part: 'token', method: 'POST', target: path, headers: { 'content-type': type }, body };
}
