import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  X509Certificate,
} from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCertificate, keyId } from './certificate.ts';

const DAY_MS = 86_400_000;

// Not a key of anything; its id below was computed with openssl(1), head(1) and base32(1).
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgknOMwmmUUDvZjIbL
SG2KU0D95YnX+/xjIPckHQnG82qhRANCAATh40wlnNYE0610eLNdRZLJRgBVu3Oo
6MW7BVychLdS8989CbRzNVj5R71mUvCvek7t0jkUySLJ3HzzzNOIyqaP
-----END PRIVATE KEY-----
`;

afterEach(() => {
  vi.useRealTimers();
});

function makeKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

describe('keyId', () => {
  it('is that of a known key', () => {
    expect(keyId(createPrivateKey(KEY))).toBe(
      'H5YH:E4TK:II5Q:A5XS:AO75:7L5L:OO4E:FRDY:WI5Z:2K5V:YEXG:GJXS',
    );
  });

  it('has twelve groups of four, different for every key', () => {
    const ids = Array.from({ length: 20 }, () => keyId(makeKey().privateKey));
    for (const id of ids) expect(id).toMatch(/^(?:[A-Z2-7]{4}:){11}[A-Z2-7]{4}$/);
    expect(new Set(ids).size).toBe(20);
  });
});

describe('createCertificate', () => {
  it('makes what X.509 readers read, signed by its own key', () => {
    const { privateKey, publicKey } = makeKey();
    const certificate = new X509Certificate(createCertificate(privateKey, 'berth issuer'));
    expect(certificate.subject).toBe('CN=berth issuer');
    expect(certificate.issuer).toBe('CN=berth issuer');
    expect(certificate.verify(publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(privateKey)).toBe(true);
    expect(certificate.verify(makeKey().publicKey)).toBe(false);
    expect(certificate.publicKey.equals(createPublicKey(privateKey))).toBe(true);
  });

  it.each(['x', 'ä'.repeat(60), 'a'.repeat(64), 'name, with = and "quotes"'])(
    'takes the name %j',
    (name) => {
      const certificate = new X509Certificate(createCertificate(makeKey().privateKey, name));
      expect(certificate.toLegacyObject().subject.CN).toBe(name);
    },
  );

  it('gives each certificate a positive serial number of its own', () => {
    const { privateKey } = makeKey();
    const serials = Array.from(
      { length: 50 },
      () => new X509Certificate(createCertificate(privateKey, 'x')).serialNumber,
    );
    expect(new Set(serials).size).toBe(50);
    for (const serial of serials) expect(serial).toMatch(/^[0-7][0-9A-F]/);
  });

  it('breaks its lines as PEM does', () => {
    const lines = createCertificate(makeKey().privateKey, 'x').trimEnd().split('\n');
    for (const line of lines.slice(1, -1)) expect(line).toMatch(/^[\w+/=]{1,64}$/);
  });

  it.each([
    '2026-11-21T00:00:00Z',
    '2029-12-31T23:59:59Z',
    '2030-01-01T00:00:00Z',
    '2041-06-01T00:00:00Z',
  ])('made on %s is valid that day and for years', (date) => {
    vi.useFakeTimers({ now: new Date(date), toFake: ['Date'] });
    const certificate = new X509Certificate(createCertificate(makeKey().privateKey, 'x'));
    expect(Date.parse(certificate.validFrom)).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 365 * DAY_MS);
  });
});
