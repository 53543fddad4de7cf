import type { HostileCase, HostileTarget } from './hostile-cases.ts';

function request(line: string, headers: readonly string[], body = ''): string {
  return [line, ...headers, '', body].join('\r\n');
}

/** Requests that break HTTP itself, or that two readers of HTTP could read differently. */
export function listFramingCases(target: HostileTarget): HostileCase[] {
  const { host, authorization, repository, digest } = target;
  const common = [`Host: ${host}`, 'Connection: close', `Authorization: ${authorization}`];
  const ping = (...headers: string[]) => request('GET /v2/ HTTP/1.1', [...common, ...headers]);
  const post = (headers: readonly string[], body: string) =>
    request(
      `POST /v2/${repository}/blobs/uploads/?digest=${digest} HTTP/1.1`,
      [...common, ...headers],
      body,
    );
  const smuggled = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

  const cases: [string, string][] = [
    ['no Host', request('GET /v2/ HTTP/1.1', common.slice(1))],
    ['two Hosts', ping('Host: evil.example')],
    ['two Hosts that are the same', ping(`Host: ${host}`)],
    ['101 headers', ping(...Array.from({ length: 100 }, (_, index) => `X-H${index}: 1`))],
    ['2,000 headers', ping(...Array.from({ length: 2000 }, (_, index) => `X-${index}: 1`))],
    ['a header of 20 KiB', ping(`X-Large: ${'a'.repeat(20_480)}`)],
    ['a header name of 20 KiB', ping(`${'a'.repeat(20_480)}: 1`)],
    ['a cookie of 64 KiB', ping(`Cookie: ${'a=b;'.repeat(16_384)}`)],
    ['a URL of 20 KiB', request(`GET /v2/?${'a'.repeat(20_480)} HTTP/1.1`, common)],
    ['a header without colon', ping('nonsense')],
    ['a header without name', ping(': x')],
    ['a space before the colon', ping('X-Space : 1')],
    ['a folded header', ping('X-Folded: a\r\n b')],
    ['a NUL in a header', ping('X-Nul: a\0b')],
    ['a bare CR in a header', ping('X-Cr: a\rb')],
    ['a control character in a name', ping('X-\x01: a')],
    ['bare line feeds', `GET /v2/ HTTP/1.1\nHost: ${host}\nX: y\n\n`],
    ['an unknown expectation', ping('Expect: 200-maybe')],
    ['TRACE', request('TRACE /v2/ HTTP/1.1', common)],
    ['PROPFIND', request('PROPFIND /v2/ HTTP/1.1', common)],
    ['MKCOL', request(`MKCOL /v2/${repository}/x HTTP/1.1`, common)],
    ['CONNECT', request('CONNECT evil.example:443 HTTP/1.1', common)],
    ['OPTIONS *', request('OPTIONS * HTTP/1.1', common)],
    ['SEARCH', request('SEARCH /api/v2.0/projects HTTP/1.1', common)],
    ['FOO', request('FOO /v2/ HTTP/1.1', common)],
    ['get in lower case', request('get /v2/ HTTP/1.1', common)],
    ['HTTP/0.9', 'GET /v2/\r\n\r\n'],
    ['HTTP/3.0', request('GET /v2/ HTTP/3.0', common)],
    ['HTTP/1.11', request('GET /v2/ HTTP/1.11', common)],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a space in the target', request('GET /v2/ x HTTP/1.1', common)],
    ['a NUL in the target', request('GET /v2/\0 HTTP/1.1', common)],
    ['a tab in the request line', request('GET\t/v2/\tHTTP/1.1', common)],
    ['a request line without version before headers', request('GET /v2/\r\nX: y HTTP/1.1', common)],
    ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'.padEnd(300, '\x7f')],
    ['an SSH greeting', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['a PostgreSQL greeting', '\0\0\0\x08\x04\xd2\x16\x2f'],
    ['zeros', '\0'.repeat(1000)],
    [
      'garbage',
      Array.from({ length: 600 }, (_, index) => String.fromCodePoint((index * 97 + 13) % 256)).join(
        '',
      ),
    ],
    [
      'length and chunks',
      post(['Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`),
    ],
    [
      'chunks and length',
      post(['Transfer-Encoding: chunked', 'Content-Length: 6'], `0\r\n\r\n${smuggled}`),
    ],
    ['two lengths', post(['Content-Length: 1', 'Content-Length: 2'], `x${smuggled}`)],
    ['two lengths in one', post(['Content-Length: 1, 2'], `x${smuggled}`)],
    [
      'chunks twice',
      post(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], `0\r\n\r\n${smuggled}`),
    ],
    ['chunks not last', post(['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${smuggled}`)],
    ['an unknown coding', post(['Transfer-Encoding: xchunked'], `0\r\n\r\n${smuggled}`)],
    [
      'a coding with a space before the colon',
      post(['Transfer-Encoding : chunked'], `0\r\n\r\n${smuggled}`),
    ],
    [
      'a coding with a vertical tab',
      post(['Transfer-Encoding: \x0bchunked'], `0\r\n\r\n${smuggled}`),
    ],
    ...['-1', '+5', '0x10', '1e3', '5 5', 'five', '99999999999999999999999'].map(
      (length): [string, string] => [
        `the length ${length}`,
        post([`Content-Length: ${length}`], `hello${smuggled}`),
      ],
    ),
    ...['zz', '-1', '5 5', 'ffffffffffffffffff', '0x5', ''].map((size): [string, string] => [
      `a chunk of size ${JSON.stringify(size)}`,
      post(['Transfer-Encoding: chunked'], `${size}\r\nhello\r\n0\r\n\r\n`),
    ]),
    [
      'a chunk extension of 20 KiB',
      post(['Transfer-Encoding: chunked'], `5;${'a'.repeat(20_480)}\r\nhello\r\n0\r\n\r\n`),
    ],
    [
      'a chunk longer than its size',
      post(['Transfer-Encoding: chunked'], '5\r\nhello world\r\n0\r\n\r\n'),
    ],
    ['a chunk that ends with a line feed', post(['Transfer-Encoding: chunked'], '5\nhello\n0\n\n')],
  ];
  return cases.map(([name, bytes]) => ({
    name,
    bytes,
    ...(['zeros', 'a PostgreSQL greeting', 'HTTP/0.9'].includes(name) && { isCutOff: true }),
  }));
}

/** Bodies that are not what their requests say. */
export function listBodyCases(target: HostileTarget): HostileCase[] {
  const { host, authorization, repository, digest, missing, upload } = target;
  const send = (method: string, path: string, headers: readonly string[], body: string) =>
    [
      `${method} ${path} HTTP/1.1`,
      `Host: ${host}`,
      'Connection: close',
      `Authorization: ${authorization}`,
      ...headers,
      '',
      body,
    ].join('\r\n');
  const sized = (method: string, path: string, headers: readonly string[], body: string) =>
    send(method, path, [...headers, `Content-Length: ${Buffer.byteLength(body, 'latin1')}`], body);
  const manifests = `/v2/${repository}/manifests/hostile`;
  const uploads = `/v2/${repository}/blobs/uploads/`;
  const closing = () => `${upload()}?digest=${missing}`;
  const type = 'Content-Type: application/vnd.oci.image.manifest.v1+json';
  const json = ['Content-Type: application/json'];
  const projects = '/api/v2.0/projects';

  const truncated: HostileCase[] = [
    ['a POST', send('POST', `${uploads}?digest=${missing}`, ['Content-Length: 100'], 'half')],
    ['a PATCH', send('PATCH', upload(), ['Content-Length: 100'], 'half')],
    ['a PUT', send('PUT', closing(), ['Content-Length: 100'], 'half')],
    ['a PATCH in chunks', send('PATCH', upload(), ['Transfer-Encoding: chunked'], '64\r\nhalf')],
    ['a PUT in chunks', send('PUT', closing(), ['Transfer-Encoding: chunked'], '4\r\nhalf\r\n')],
    ['a manifest', send('PUT', manifests, [type, 'Content-Length: 100'], '{"schemaVersion":2')],
    [
      'a manifest in chunks',
      send('PUT', manifests, [type, 'Transfer-Encoding: chunked'], '2\r\n{}\r\n'),
    ],
    [
      'a project',
      send('POST', projects, [...json, 'Content-Length: 100'], '{"project_name":"half"'),
    ],
    ['the headers', `GET /v2/ HTTP/1.1\r\nHost: ${host}\r\nX-Half`],
    ['the request line', 'GET /v2/'],
  ].map(([name = '', bytes = '']) => ({ name: `${name} that ends early`, bytes, isCutOff: true }));

  const large = 'a'.repeat(5 * 1024 * 1024);
  const cases: [string, string][] = [
    ['a manifest of 5 MiB', sized('PUT', manifests, [type], large)],
    [
      'a manifest that says 5 GiB',
      send('PUT', manifests, [type, 'Content-Length: 5368709120'], '{}'),
    ],
    [
      'a manifest of 5 MiB in chunks',
      send(
        'PUT',
        manifests,
        [type, 'Transfer-Encoding: chunked'],
        `500000\r\n${large}\r\n0\r\n\r\n`,
      ),
    ],
    [
      'a manifest of 100,000 layers',
      sized(
        'PUT',
        manifests,
        [type],
        `{"schemaVersion":2,"config":{},"layers":[${'{},'.repeat(99_999)}{}]}`,
      ),
    ],
    ['a manifest of 100,000 brackets', sized('PUT', manifests, [type], '['.repeat(100_000))],
    [
      'a manifest that is gzip by its header',
      sized('PUT', manifests, [type, 'Content-Encoding: gzip'], '{}'),
    ],
    [
      'a project of 2 MiB',
      sized('POST', projects, json, `{"project_name":"${'a'.repeat(2 * 1024 * 1024)}"}`),
    ],
    ['a blob under a wrong digest', sized('POST', `${uploads}?digest=${missing}`, [], 'wrong')],
    ['a POST with a body and no digest', sized('POST', uploads, [], 'body')],
    ['a PUT without digest', sized('PUT', upload(), [], 'body')],
    ['a PUT with two digests', sized('PUT', `${closing()}&digest=${digest}`, [], 'body')],
    ...['abc', '0-', '-5', '5-0', '0-99999999999999999999', '0--1', '1-4', '0-5', '0x0-0x3'].map(
      (range): [string, string] => [
        `a chunk of 4 bytes with the range ${range}`,
        sized('PATCH', upload(), [`Content-Range: ${range}`], 'four'),
      ],
    ),
    ...[
      '{',
      '[]',
      'null',
      '"x"',
      '1',
      '',
      '{}',
      '{"project_name":1}',
      '{"project_name":null}',
      '{"project_name":""}',
      '{"project_name":"../x"}',
      '{"project_name":"UPPER"}',
      '{"project_name":"a/b"}',
      '{"project_name":"nul\\u0000"}',
      `{"project_name":"${'a'.repeat(300)}"}`,
      '{"project_name":"x","is_admin":true}',
      '{"project_name":"x","metadata":{"public":true}}',
      '{"project_name":"x","metadata":[]}',
      '{"project_name":"x","__proto__":{"is_admin":true}}',
      '{"project_name":"x","constructor":{"prototype":{"is_admin":true}}}',
      '{"project_name":"x","registry_id":1e400}',
      '['.repeat(50_000),
      '\xff\xfe',
    ].map((body): [string, string] => [
      `the project ${JSON.stringify(body.slice(0, 60))}`,
      sized('POST', projects, json, body),
    ]),
    ['a project in XML', sized('POST', projects, ['Content-Type: text/xml'], '<x/>')],
    [
      'a project in another charset',
      sized('POST', projects, ['Content-Type: application/json; charset=utf-7'], '{'),
    ],
  ];
  const ranges = [
    'bytes=abc',
    'bytes=0-0,'.repeat(500),
    'bytes=-',
    'bytes=9999999999999999999-',
    'x',
    'bytes=5-1',
    `bytes=${'0-,'.repeat(4000)}0-`,
  ];
  return [
    ...truncated,
    ...cases.map(([name, bytes]) => ({ name, bytes })),
    ...ranges.map((range) => ({
      name: `a blob's range ${JSON.stringify(range.slice(0, 40))}`,
      bytes: send('GET', `/v2/${repository}/blobs/${digest}`, [`Range: ${range}`], ''),
      // What is no range is ignored (RFC 9110 section 14.2).
      harmless: [200, 206],
    })),
  ];
}
