import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { SecretBoxError } from './secrets.errors.ts';

/**
 * Seals secrets that we must read again and digests those that we only compare. The context says
 * where a secret is stored, such as `user_identity:7:cli_secret`: moved elsewhere, it is damaged.
 */
export interface SecretBox {
  /** Id of the key that seals, 16 hexadecimal digits; no secret. */
  readonly keyId: string;
  /** AES-256-GCM: `$berth$v1$<key id>$<nonce, ciphertext and tag in base64url>`. */
  seal(plaintext: string, context: string): string;
  /** The plaintext. @throws SecretBoxError */
  open(sealed: string, context: string): string;
  /** Of a sealed text or a digest: made with a retired key. @throws SecretBoxError damaged */
  needsReseal(stored: string): boolean;
  /**
   * HMAC-SHA256: `$berth$h1$<key id>$<base64url>`. For secrets of high entropy that we generated,
   * never for passwords.
   */
  digest(secret: string, context: string): string;
  /** Whether the digest is that of the secret; in constant time. @throws SecretBoxError */
  matches(secret: string, digest: string, context: string): boolean;
}

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const STORED = /^\$berth\$(v1|h1)\$([0-9a-f]{16})\$([A-Za-z0-9_-]+)$/;

interface Keys {
  readonly id: string;
  readonly sealing: Buffer;
  readonly digesting: Buffer;
}

/**
 * A box that seals with `key` and also opens what the retired keys sealed.
 *
 * @throws RangeError for a key that has not 32 bytes
 */
export function createSecretBox(options: {
  readonly key: Buffer;
  readonly retired?: readonly Buffer[];
}): SecretBox {
  const current = deriveKeys(options.key);
  const retired = (options.retired ?? []).map(deriveKeys);
  const keys = new Map([...retired, current].map((known) => [known.id, known]));

  function getKeys(id: string): Keys {
    const known = keys.get(id);
    if (known === undefined) throw new SecretBoxError('unknown-key', id);
    return known;
  }

  return {
    keyId: current.id,
    seal: (plaintext, context) => present('v1', current, encrypt(current, plaintext, context)),
    open(sealed, context) {
      const { keyId, payload } = parse(sealed, 'v1');
      return decrypt(getKeys(keyId), payload, context);
    },
    needsReseal: (stored) => parse(stored).keyId !== current.id,
    digest: (secret, context) => present('h1', current, mac(current, secret, context)),
    matches(secret, digest, context) {
      const { keyId, payload } = parse(digest, 'h1');
      const expected = mac(getKeys(keyId), secret, context);
      if (payload.length !== expected.length) throw new SecretBoxError('damaged');
      return timingSafeEqual(expected, payload);
    },
  };
}

function deriveKeys(key: Buffer): Keys {
  if (key.length !== KEY_BYTES) throw new RangeError(`a secret key has ${KEY_BYTES} bytes`);
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', key, '', `berth secret box: ${purpose}`, KEY_BYTES));
  const id = createHash('sha256').update('berth secret key id\n').update(key).digest('hex');
  return { id: id.slice(0, 16), sealing: derive('seal v1'), digesting: derive('digest h1') };
}

function present(kind: 'v1' | 'h1', { id }: Keys, payload: Buffer): string {
  return `$berth$${kind}$${id}$${payload.toString('base64url')}`;
}

function parse(stored: string, expected?: 'v1' | 'h1'): { keyId: string; payload: Buffer } {
  const [, kind, keyId = '', text = ''] = STORED.exec(stored) ?? [];
  const payload = Buffer.from(text, 'base64url');
  // Node ignores surplus bits at the end; we take one spelling only.
  const isSpelled = kind !== undefined && payload.toString('base64url') === text;
  if (!isSpelled || (expected !== undefined && kind !== expected)) {
    throw new SecretBoxError('damaged');
  }
  return { keyId, payload };
}

function encrypt({ sealing }: Keys, plaintext: string, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', sealing, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  const content = [cipher.update(plaintext, 'utf8'), cipher.final()];
  return Buffer.concat([nonce, ...content, cipher.getAuthTag()]);
}

function decrypt({ sealing }: Keys, payload: Buffer, context: string): string {
  if (payload.length < NONCE_BYTES + TAG_BYTES) throw new SecretBoxError('damaged');
  const nonce = payload.subarray(0, NONCE_BYTES);
  const cipher = createDecipheriv('aes-256-gcm', sealing, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  cipher.setAuthTag(payload.subarray(-TAG_BYTES));
  const content = cipher.update(payload.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([content, cipher.final()]).toString();
  } catch {
    throw new SecretBoxError('damaged');
  }
}

function mac({ digesting }: Keys, secret: string, context: string): Buffer {
  const place = Buffer.from(context);
  const length = Buffer.alloc(4);
  // Without it, a part of the context could pass for the beginning of the secret.
  length.writeUInt32BE(place.length);
  return createHmac('sha256', digesting).update(length).update(place).update(secret).digest();
}
