import { createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecretBox } from './secret-box.ts';
import { SecretBoxError } from './secrets.errors.ts';

const key = Buffer.alloc(32, 'k');
const CONTEXT = 'user_identity:7:cli_secret';
const box = createSecretBox({ key });

const reasonOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error instanceof SecretBoxError ? error.reason : error;
  }
};

describe('a sealed text', () => {
  it.each(['', 'x', 'pässwörd \u{1f511}', 'x'.repeat(100_000)])('of %.20j opens', (plaintext) => {
    expect(box.open(box.seal(plaintext, CONTEXT), CONTEXT)).toBe(plaintext);
  });

  it('is AES-256-GCM with the context as associated data', () => {
    const sealed = box.seal('text', CONTEXT);
    const [, name, version, keyId, payload = ''] = sealed.split('$');
    const id = createHash('sha256').update('berth secret key id\n').update(key).digest('hex');
    expect([name, version, keyId]).toEqual(['berth', 'v1', id.slice(0, 16)]);
    expect(box.keyId).toBe(keyId);
    const bytes = Buffer.from(payload, 'base64url');
    const sealing = Buffer.from(hkdfSync('sha256', key, '', 'berth secret box: seal v1', 32));
    const cipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, 12));
    cipher.setAAD(Buffer.from(CONTEXT)).setAuthTag(bytes.subarray(-16));
    const text = cipher.update(bytes.subarray(12, -16), undefined, 'utf8') + cipher.final('utf8');
    expect(text).toBe('text');
  });

  it('is another one each time', () => {
    const sealed = Array.from({ length: 100 }, () => box.seal('same', CONTEXT));
    expect(new Set(sealed).size).toBe(100);
  });

  it('does not open in another context', () => {
    const sealed = box.seal('text', CONTEXT);
    expect(reasonOf(() => box.open(sealed, 'user_identity:8:cli_secret'))).toBe('damaged');
  });

  it('does not open after any change of one bit', () => {
    const sealed = box.seal('text', CONTEXT);
    const prefix = sealed.slice(0, sealed.lastIndexOf('$') + 1);
    const bytes = Buffer.from(sealed.slice(prefix.length), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const text = prefix + changed.toString('base64url');
      expect(reasonOf(() => box.open(text, CONTEXT))).toBe('damaged');
    }
  });

  it.each([
    '',
    'text',
    '$berth$v1$',
    '$berth$v1$0011223344556677$',
    `$berth$v1$${box.keyId}$AAAA`,
    `$berth$v2$${box.keyId}$${'A'.repeat(40)}`,
    `${box.seal('text', CONTEXT)}=`,
    ` ${box.seal('text', CONTEXT)}`,
    box.digest('text', CONTEXT),
  ])('is not %j', (text) => {
    expect(reasonOf(() => box.open(text, CONTEXT))).toBe('damaged');
  });

  it('has one spelling only', () => {
    // 12 + 1 + 16 bytes end in a digit with two surplus bits.
    const sealed = box.seal('x', CONTEXT);
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = sealed.slice(0, -1) + last.charAt(last.indexOf(sealed.slice(-1)) + 1);
    expect(box.open(sealed, CONTEXT)).toBe('x');
    expect(reasonOf(() => box.open(twin, CONTEXT))).toBe('damaged');
  });

  it('of an unknown key does not open, and the error tells only the id of the key', () => {
    const sealed = createSecretBox({ key: randomBytes(32) }).seal('plain words', CONTEXT);
    expect(reasonOf(() => box.open(sealed, CONTEXT))).toBe('unknown-key');
    expect(() => box.open(sealed, CONTEXT)).toThrow(sealed.split('$')[3] ?? '');
    expect(() => box.open(sealed, CONTEXT)).not.toThrow('plain');
  });
});

describe('a digest', () => {
  it('matches its secret in its context only', () => {
    const digest = box.digest('secret', CONTEXT);
    expect(digest).toBe(box.digest('secret', CONTEXT));
    expect(box.matches('secret', digest, CONTEXT)).toBe(true);
    expect(box.matches('secret ', digest, CONTEXT)).toBe(false);
    expect(box.matches('', digest, CONTEXT)).toBe(false);
    expect(box.matches('secret', digest, `${CONTEXT}x`)).toBe(false);
  });

  it('is HMAC-SHA256 over the length of the context, the context and the secret', () => {
    const hmacKey = Buffer.from(hkdfSync('sha256', key, '', 'berth secret box: digest h1', 32));
    const hmac = createHmac('sha256', hmacKey).update('\0\0\0\u0003abcsecret').digest('base64url');
    expect(box.digest('secret', 'abc')).toBe(`$berth$h1$${box.keyId}$${hmac}`);
  });

  it('does not let the context run into the secret', () => {
    expect(box.matches('bc', box.digest('c', 'ab'), 'a')).toBe(false);
  });

  it.each(['', 'x', `$berth$h1$${box.keyId}$AAAA`, box.seal('x', CONTEXT)])(
    'is not %j',
    (digest) => {
      expect(reasonOf(() => box.matches('x', digest, CONTEXT))).toBe('damaged');
    },
  );

  it('of an unknown key is an error, not a mismatch', () => {
    const digest = createSecretBox({ key: randomBytes(32) }).digest('x', CONTEXT);
    expect(reasonOf(() => box.matches('x', digest, CONTEXT))).toBe('unknown-key');
  });
});

describe('a rotated key', () => {
  const rotated = createSecretBox({ key: randomBytes(32), retired: [randomBytes(32), key] });

  it('opens and matches what the retired key made, and asks for it to be made anew', () => {
    const sealed = box.seal('text', CONTEXT);
    const digest = box.digest('text', CONTEXT);
    expect(rotated.open(sealed, CONTEXT)).toBe('text');
    expect(rotated.matches('text', digest, CONTEXT)).toBe(true);
    expect([sealed, digest].map(rotated.needsReseal)).toEqual([true, true]);
    expect([sealed, digest].map(box.needsReseal)).toEqual([false, false]);
  });

  it('makes everything new itself', () => {
    const made = [rotated.seal('text', CONTEXT), rotated.digest('text', CONTEXT)];
    expect(made.map(rotated.needsReseal)).toEqual([false, false]);
    expect(reasonOf(() => box.open(made[0] ?? '', CONTEXT))).toBe('unknown-key');
  });

  it('may be listed among the retired ones too', () => {
    const twice = createSecretBox({ key, retired: [key] });
    expect(twice.needsReseal(box.seal('x', CONTEXT))).toBe(false);
  });
});

it.each([0, 16, 31, 33, 64])('a key of %i bytes is refused', (length) => {
  expect(() => createSecretBox({ key: Buffer.alloc(length, 'k') })).toThrow(RangeError);
});
