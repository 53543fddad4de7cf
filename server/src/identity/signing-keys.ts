import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { AppError } from '../lib/index.ts';
import { createCertificate, keyId } from './certificate.ts';
import type { SigningKeyRepository, SigningKeyRow } from './signing-key.repository.ts';

export const SIGNING_ALGORITHM = 'ES256';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** PEM, for the `rootcertbundle` of a distribution registry. */
  readonly certificate: string;
}

export interface SigningKeys {
  /** The key that signs. @throws AppError unavailable before the first load */
  current(): SigningKey;
  /** The key of a token, if it is ours and not long retired. */
  find(kid: string): Promise<SigningKey | undefined>;
  /** Makes sure that a key exists and reads all keys. */
  load(): Promise<void>;
  /** Reads the keys again, and drops those whose tokens, of `tokenSeconds`, have all expired. */
  refresh(tokenSeconds: number): Promise<void>;
  /** Signs with a new key from now on; tokens of the old one stay good until they expire. */
  rotate(): Promise<SigningKey>;
  /** Certificates of all keys that verify, the signing one first. */
  certificates(): string[];
}

/** How often a token of an unknown key may make us look for new keys. */
const RELOAD_MS = 5_000;
/** A replica that has not heard of a rotation goes on signing for a while. */
const RETIRED_GRACE_SECONDS = 600;

/** Seals the private keys in the database. */
export interface KeySealer {
  seal(plaintext: string, context: string): string;
  open(sealed: string, context: string): string;
  needsReseal(sealed: string): boolean;
}

export function createSigningKeys(
  repository: SigningKeyRepository,
  issuer: string,
  sealer: KeySealer,
): SigningKeys {
  let keys = new Map<string, SigningKey>();
  let signer: SigningKey | undefined;
  let loadedAt = 0;

  async function read(): Promise<void> {
    const rows = await repository.list();
    keys = new Map(rows.map((row) => [row.kid, open(row, sealer)]));
    const live = rows.find((row) => row.retiredAt === null);
    signer = live === undefined ? undefined : keys.get(live.kid);
    loadedAt = performance.now();
  }

  return {
    current() {
      if (signer === undefined) throw new AppError('unavailable', 'there is no signing key yet');
      return signer;
    },
    async find(kid) {
      // Another replica may have rotated.
      if (!keys.has(kid) && performance.now() - loadedAt > RELOAD_MS) await read();
      return keys.get(kid);
    },
    async load() {
      await repository.ensure(generate(issuer, sealer));
      await reseal(repository, sealer);
      await read();
    },
    async refresh(tokenSeconds) {
      const grace = tokenSeconds + RETIRED_GRACE_SECONDS;
      await repository.deleteRetired(new Date(Date.now() - grace * 1000));
      await read();
    },
    async rotate() {
      await repository.replace(generate(issuer, sealer));
      await read();
      return this.current();
    },
    certificates: () =>
      [...keys.values()]
        .toSorted((a, b) => Number(b === signer) - Number(a === signer))
        .map((key) => key.certificate),
  };
}

function generate(issuer: string, sealer: KeySealer): Omit<SigningKeyRow, 'retiredAt'> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = keyId(privateKey);
  return {
    kid,
    algorithm: SIGNING_ALGORITHM,
    privateJwk: sealer.seal(JSON.stringify(privateKey.export({ format: 'jwk' })), contextOf(kid)),
    certificate: createCertificate(privateKey, issuer),
  };
}

/** Seals what an older version, or an older key, left. */
async function reseal(repository: SigningKeyRepository, sealer: KeySealer): Promise<void> {
  for (const row of await repository.list()) {
    if (!isPlain(row) && !sealer.needsReseal(row.privateJwk)) continue;
    const jwk = plainJwk(row, sealer);
    await repository.putPrivateJwk(row.kid, sealer.seal(jwk, contextOf(row.kid)));
  }
}

function contextOf(kid: string): string {
  return `signing_key:${kid}`;
}

function isPlain({ privateJwk }: SigningKeyRow): boolean {
  return privateJwk.startsWith('{');
}

function plainJwk(row: SigningKeyRow, sealer: KeySealer): string {
  return isPlain(row) ? row.privateJwk : sealer.open(row.privateJwk, contextOf(row.kid));
}

function open(row: SigningKeyRow, sealer: KeySealer): SigningKey {
  const privateKey = createPrivateKey({ key: JSON.parse(plainJwk(row, sealer)), format: 'jwk' });
  return {
    kid: row.kid,
    privateKey,
    publicKey: createPublicKey(privateKey),
    certificate: row.certificate,
  };
}
