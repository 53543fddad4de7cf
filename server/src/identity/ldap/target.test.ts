import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { LdapError } from './ldap.errors.ts';
import { parseTarget } from './target.ts';

const parse = (url: string, startTls?: boolean) => {
  const { host, port, protection } = parseTarget({ url, verifyCert: true, startTls });
  return `${protection} ${host} ${port}`;
};

describe('parseTarget', () => {
  it.each([
    ['ldap://directory', 'none directory 389'],
    ['ldap://directory.test:3389', 'none directory.test 3389'],
    ['LDAPS://directory', 'tls directory 636'],
    ['ldaps://directory:3636/', 'tls directory 3636'],
    ['directory', 'none directory 389'],
    ['directory:1389', 'none directory 1389'],
    ['ldap://[::1]:1389', 'none ::1 1389'],
    [' ldap://127.0.0.1 ', 'none 127.0.0.1 389'],
  ])('reads %s as %s', (url, target) => {
    expect(parse(url)).toBe(target);
  });

  it.each(['ldap://directory:636', 'directory:636', 'ldaps://directory:636'])(
    'makes TLS of port 636 in %s',
    (url) => {
      expect(parse(url)).toBe('tls directory 636');
    },
  );

  it('upgrades only what is not TLS already', () => {
    expect(parse('ldap://directory', true)).toBe('start-tls directory 389');
    expect(parse('ldaps://directory', true)).toBe('tls directory 636');
  });

  it.each([
    '',
    'http://directory',
    'ldapi://socket',
    'ldap://',
    'ldap://user@directory',
    'ldap://directory/dc=test',
    'ldap://directory?x',
    'ldap://directory:0',
    'ldap://directory:65536',
    'ldap://directory:port',
    'ldap://[nonsense]',
    'ldap://[1.2.3.4]',
    'ldap://dir ectory',
    'ldap://a\nb',
    'ldap://a,ldap://b',
  ])('refuses %j', (url) => {
    expect(() => parse(url)).toThrow(LdapError);
  });

  it('takes an empty CA for none', () => {
    const settings = { url: 'ldaps://directory', verifyCert: true };
    expect(parseTarget({ ...settings, ca: ' \n' }).ca).toBeUndefined();
  });

  it('takes several certificates', () => {
    const ca = rootCertificates.slice(0, 2).join('\n');
    expect(parseTarget({ url: 'ldaps://directory', verifyCert: true, ca }).ca).toBe(ca);
  });

  it.each([
    'no PEM',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    `${rootCertificates[0]}\n-----BEGIN CERTIFICATE-----\n`,
  ])('refuses the CA %#', (ca) => {
    const parse = () => parseTarget({ url: 'ldaps://directory', verifyCert: true, ca });
    expect(parse).toThrow(LdapError);
  });
});
