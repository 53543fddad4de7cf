import { describe, expect, it } from 'vitest';
import { cleanEntry } from './audit-entry.ts';
import { formatRecord, frameRecord, parseSyslogEndpoint } from './syslog.ts';

const sender = { hostname: 'registry-1', pid: 42 };
const now = new Date('2026-11-21T10:00:00.123Z');
const record = (change: object = {}) =>
  cleanEntry(
    {
      operation: 'create',
      resourceType: 'artifact',
      resource: 'library/app:1',
      username: 'ann',
      succeeded: true,
      projectId: 7,
      ...change,
    },
    now,
  );

describe('a syslog message', () => {
  it('has the form of RFC 5424', () => {
    expect(formatRecord(record(), sender)).toBe(
      '<110>1 2026-11-21T10:00:00.123Z registry-1 berth 42 audit [audit@32473 operator="ann" ' +
        'operation="create" resource_type="artifact" resource="library/app:1" result="success" ' +
        'project_id="7"] \ufeffcreate artifact with name: library/app:1',
    );
  });

  it('tells failures by severity and result, and may have no project', () => {
    const message = formatRecord(record({ succeeded: false, projectId: undefined }), sender);
    expect(message).toMatch(/^<109>1 .* result="failure" project_id=""\] /);
  });

  it('escapes what would end a value, and no more', () => {
    const message = formatRecord(record({ username: 'a"b\\c]d[e=f' }), sender);
    expect(message).toContain(String.raw` operator="a\"b\\c\]d[e=f" `);
  });

  it.each([
    ['host name', 'hostname'],
    ['\u00e9', '-'],
    ['', '-'],
    ['x'.repeat(300), 'x'.repeat(255)],
  ])('of host %j says %j', (hostname, printed) => {
    expect(formatRecord(record(), { hostname, pid: 1 }).split(' ')[2]).toBe(printed);
  });

  it('is framed by its bytes, not its characters', () => {
    const frame = frameRecord(record({ username: 'żółć' }), sender);
    const [length = ''] = frame.toString().split(' ', 1);
    expect(frame.length).toBe(Number(length) + length.length + 1);
    expect(frame.subarray(length.length + 1).toString()).toBe(
      formatRecord(record({ username: 'żółć' }), sender),
    );
  });

  it('cannot be forged by an entry with line ends', () => {
    const frame = frameRecord(record({ resource: 'a\n<110>1 - - berth - audit - forged' }), sender);
    expect(frame.toString()).not.toContain('\n');
  });
});

describe('parseSyslogEndpoint', () => {
  it.each([
    ['logs.example:514', { host: 'logs.example', port: 514, isTls: false }],
    ['tcp://10.0.0.1:601', { host: '10.0.0.1', port: 601, isTls: false }],
    ['tls://logs.example:6514', { host: 'logs.example', port: 6514, isTls: true }],
    ['[::1]:514', { host: '::1', port: 514, isTls: false }],
  ])('reads %s', (text, endpoint) => {
    expect(parseSyslogEndpoint(text)).toEqual(endpoint);
  });

  it.each([
    '',
    'logs',
    'logs:',
    ':514',
    'logs:0',
    'logs:65536',
    'udp://logs:514',
    'http://logs:80',
    '::1:514',
    '[logs]:514',
    'a b:514',
    'logs:514/path',
    'user@logs:514',
    'logs:514\n',
  ])('refuses %j', (text) => {
    expect(() => parseSyslogEndpoint(text)).toThrow('an endpoint of syslog is');
  });
});
