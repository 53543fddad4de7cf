import type { Digest } from '@berth/oci';

/** What a hostile request is about. */
export interface HostileTarget {
  readonly host: string;
  readonly authorization: string;
  readonly repository: string;
  /** A blob of the repository. */
  readonly digest: Digest;
  /** A digest that nothing has. */
  readonly missing: Digest;
  /** Path and query of open uploads; each is used once. */
  readonly upload: () => string;
}

export interface HostileCase {
  readonly name: string;
  readonly bytes: string;
  readonly isCutOff?: boolean;
  /** Statuses beyond 4xx that are no harm. */
  readonly harmless?: readonly number[];
}

interface Line {
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Without it: no Authorization header. */
  readonly isAnonymous?: boolean;
}

/** A well-formed request around whatever is wrong with its parts. */
function compose(target: HostileTarget, line: Line): string {
  const { method = 'GET', headers = [], body, isAnonymous = false } = line;
  return [
    `${method} ${line.target} HTTP/1.1`,
    `Host: ${target.host}`,
    'Connection: close',
    ...(isAnonymous ? [] : [`Authorization: ${target.authorization}`]),
    ...headers,
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`]),
    '',
    body ?? '',
  ].join('\r\n');
}

function show(text: string): string {
  return text.length > 60
    ? `${JSON.stringify(text.slice(0, 60))}… (${text.length})`
    : JSON.stringify(text);
}

const badNames = [
  '..',
  '../..',
  '%2e%2e',
  '..%2f..%2f..%2fetc%2fpasswd',
  '%252e%252e%252f',
  '..%5c..%5cwindows',
  '..\\..\\windows',
  'library/../../etc',
  'library/./x',
  'library//x',
  'library/%00',
  'library/x%00.json',
  'library/x%0d%0aX-Evil:%201',
  'library%2fx',
  'library/%c0%ae%c0%ae/x',
  'library/%e0%80%af',
  'library/%ff%fe',
  'library/\xe4',
  'library/%u002e',
  'library/%',
  'library/%zz',
  'library/UPPER',
  'library/.hidden',
  'library/end.',
  'library/-dash',
  'library/dash-',
  'library/a..b',
  'library/a___b',
  'library/a._b',
  'library/~root',
  'library/x;y=1',
  'library/$(id)',
  "library/'or'1'='1",
  'library/<script>',
  'library/*',
  'library/${jndi:ldap://x/y}',
  `library/${'a'.repeat(8192)}`,
  `library/${'a/'.repeat(4000)}a`,
  `library/${'a'.repeat(300)}`,
];

const badDigests = [
  'sha256:',
  'sha256:abc',
  `sha256:${'A'.repeat(64)}`,
  `SHA256:${'a'.repeat(64)}`,
  `sha256:${'a'.repeat(63)}`,
  `sha256:${'a'.repeat(65)}`,
  `sha256:${'g'.repeat(64)}`,
  `sha512:${'a'.repeat(64)}`,
  'md5:d41d8cd98f00b204e9800998ecf8427e',
  `sha1:${'a'.repeat(40)}`,
  'sha256:..%2f..%2f..%2fetc%2fpasswd',
  `sha256:${'a'.repeat(64)}%00`,
  `sha256:${'a'.repeat(64)}%0a`,
  `sha256:${'a'.repeat(5000)}`,
  `:${'a'.repeat(64)}`,
  'sha256',
  '..',
];

const badReferences = [
  '.x',
  '-x',
  '..',
  '%00',
  'a%2fb',
  'a%20b',
  'a'.repeat(129),
  '%c3%a4',
  'a@b',
  '*',
  'a+b',
  '{}',
];

const badUploads = [
  'x',
  '..',
  '%00',
  '1',
  '-1',
  '00000000-0000-4000-8000-00000000000',
  '00000000-0000-4000-8000-0000000000000',
  '00000000-0000-4000-8000-00000000000G',
  '..%2f..%2fetc%2fpasswd',
  "' OR 1=1--",
  'a'.repeat(4000),
].map((id) => id.replaceAll(' ', '%20'));

const badCounts = [
  '-1',
  'NaN',
  '',
  '1.5',
  '1e9',
  '0x1',
  '9223372036854775808',
  '99999999999999999999',
  '%00',
  '1%20',
  '1&n=2',
  'Infinity',
  '١',
];

/** Paths, references and parameters that name nothing. */
export function listPathCases(target: HostileTarget): HostileCase[] {
  const { repository, digest } = target;
  const lines: Line[] = [
    ...badNames.flatMap((name) => [
      { target: `/v2/${name}/manifests/latest` },
      { target: `/v2/${name}/blobs/${digest}` },
      { method: 'POST', target: `/v2/${name}/blobs/uploads/`, body: '' },
    ]),
    ...badNames.map((name) => ({ target: `/v2/${name}/tags/list` })),
    ...badNames.map((name) => ({ target: `/${name}` })),
    ...badDigests.flatMap((bad) => [
      { target: `/v2/${repository}/blobs/${bad}` },
      { method: 'DELETE', target: `/v2/${repository}/blobs/${bad}` },
      { target: `/v2/${repository}/referrers/${bad}` },
      { method: 'POST', target: `/v2/${repository}/blobs/uploads/?mount=${bad}`, body: '' },
      { method: 'POST', target: `/v2/${repository}/blobs/uploads/?digest=${bad}`, body: 'x' },
    ]),
    ...badReferences.flatMap((bad) => [
      { target: `/v2/${repository}/manifests/${bad}` },
      { method: 'PUT', target: `/v2/${repository}/manifests/${bad}`, body: '{}' },
      { method: 'DELETE', target: `/v2/${repository}/manifests/${bad}` },
    ]),
    ...badUploads.flatMap((bad) => [
      { target: `/v2/${repository}/blobs/uploads/${bad}` },
      { method: 'PATCH', target: `/v2/${repository}/blobs/uploads/${bad}`, body: 'x' },
      { method: 'DELETE', target: `/v2/${repository}/blobs/uploads/${bad}` },
    ]),
    ...badCounts
      .filter((count) => count !== '1e9')
      .flatMap((count) => [
        { target: `/v2/${repository}/tags/list?n=${count}` },
        { target: `/v2/_catalog?n=${count}` },
        { target: `/v2/${repository}/referrers/${digest}?n=${count}` },
      ]),
    { target: `/v2/${repository}/tags/list?last=${'a'.repeat(4000)}` },
    { target: `/v2/${repository}/tags/list?last=%00` },
    {
      target: `/v2/${repository}/tags/list?${Array.from({ length: 10_000 }, (_, i) => `k${i}=1`).join('&')}`,
    },
    { target: '//v2/' },
    { target: '/v2//' },
    { target: '/v2/../v2/' },
    { target: '/V2/' },
    { target: '/v3/' },
    { target: '/%76%32/..%2f' },
    { target: '*' },
    { target: 'http://evil.example/v2/' },
    { target: `http://${target.host}/v2/` },
    { target: 'evil.example:443' },
    { target: '/api/v2.0/projects/%00' },
    { target: '/api/v2.0/projects/..%2f..%2fetc' },
    { target: '/api/v2.0/projects/99999999999999999999' },
    { target: '/api/v2.0/projects?page=-1' },
    { target: '/api/v2.0/projects?page_size=100000' },
    { target: '/api/v2.0/projects?page=1e99' },
    { target: '/api/v2.0/projects?page=1&page=2' },
  ];
  return lines.map((line) => ({
    name: `${line.method ?? 'GET'} ${show(line.target)}`,
    bytes: compose(target, line),
  }));
}

const badAuthorizations = [
  '',
  'Bearer',
  'Bearer ',
  'Bearer null',
  'Bearer a.b.c',
  'Bearer ..',
  `Bearer ${'.'.repeat(5000)}`,
  `Bearer ${'a'.repeat(10_000)}`,
  'Bearer eyJhbGciOiJub25lIn0.e30.',
  'Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA',
  'Bearer [object Object]',
  'bearer\tx',
  'Basic',
  'Basic !!!',
  'Basic =',
  `Basic ${btoa('nocolon')}`,
  `Basic ${btoa(':')}`,
  `Basic ${btoa('admin:')}`,
  `Basic ${btoa(':admin')}`,
  `Basic ${btoa('\0:\0')}`,
  `Basic ${btoa('admin\0:Conformance-12345')}`,
  `Basic ${btoa("admin'--:x")}`,
  `Basic ${btoa(`admin:${'x'.repeat(2000)}`)}`,
  `Basic ${btoa('\xff\xfe:\xfd')}`,
  'Digest username="admin"',
  'Negotiate abc',
  '\xe4',
];

const badScopes = [
  'repository:..:pull',
  'repository::pull',
  'repository:a/b',
  ':::::',
  'repository:library/x:*,*,*',
  '%00',
  'a'.repeat(2000),
  'registry:catalog:*',
  'repository:a/b:pull,,push',
];

/** Credentials and token requests that are none. */
export function listCredentialCases(target: HostileTarget): HostileCase[] {
  const { repository } = target;
  const anonymous = { isAnonymous: true };
  return [
    ...badAuthorizations.flatMap((value) =>
      ['/v2/', `/v2/${repository}/manifests/latest`].map((path) => ({
        name: `${path} with authorization ${show(value)}`,
        bytes: compose(target, {
          ...anonymous,
          target: path,
          headers: [`Authorization: ${value}`],
        }),
      })),
    ),
    ...badScopes.map((scope) => ({
      name: `a token for ${show(scope)}`,
      bytes: compose(target, { target: `/service/token?scope=${scope}` }),
      // Asking wrongly grants nothing, and is no fault.
      harmless: [200],
    })),
    ...['%00', 'other', 'a'.repeat(3000)].map((service) => ({
      name: `a token for the service ${show(service)}`,
      bytes: compose(target, { target: `/service/token?service=${service}` }),
    })),
    ...[
      'grant_type=password&username=%00&password=%00',
      'grant_type=password&username=admin&password=wrong',
      'grant_type=password',
      `grant_type=password&username=${'a'.repeat(5000)}&password=x`,
      `grant_type=password&${'a=b&'.repeat(20_000)}`,
    ].map((body) => ({
      name: `a token for the form ${show(body)}`,
      bytes: compose(target, {
        ...anonymous,
        method: 'POST',
        target: '/service/token',
        headers: ['Content-Type: application/x-www-form-urlencoded'],
        body,
      }),
    })),
  ];
}
