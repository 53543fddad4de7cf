import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '../lib/index.ts';

const derive = promisify(argon2);

const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
const TAG_BYTES = 32;
const MAX_PASSWORD_BYTES = 128;
/** Each hash holds 19 MiB and a pool thread; more at once would starve uploads of threads. */
const MAX_CONCURRENT = 2;
const MAX_WAITING = 256;

let active = 0;
const waiting: (() => void)[] = [];

/** Hashes with argon2id (RFC 9106) into the PHC string format. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await argon2id(password, salt, COST);
  const { memory, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${encode(salt)}$${encode(tag)}`;
}

/** Whether `password` is the one hashed. A hash of unknown format verifies nothing. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parsed = parseHash(hash);
  const isTooLong = Buffer.byteLength(password) > MAX_PASSWORD_BYTES;
  if (parsed === undefined || isTooLong) return verifyNothing(password);
  const tag = await argon2id(password, parsed.salt, parsed.cost);
  return tag.length === parsed.tag.length && timingSafeEqual(tag, parsed.tag);
}

/** Does the work of one verification, so that an unknown user takes as long as a known one. */
export async function verifyNothing(password: string): Promise<false> {
  await argon2id(password.slice(0, MAX_PASSWORD_BYTES), Buffer.alloc(SALT_BYTES), COST);
  return false;
}

type Cost = { readonly memory: number; readonly passes: number; readonly parallelism: number };

async function argon2id(password: string, nonce: Buffer, cost: Cost): Promise<Buffer> {
  await enter();
  try {
    return await derive('argon2id', { message: password, nonce, tagLength: TAG_BYTES, ...cost });
  } finally {
    leave();
  }
}

async function enter(): Promise<void> {
  if (active < MAX_CONCURRENT) {
    active += 1;
    return;
  }
  if (waiting.length >= MAX_WAITING) {
    throw new AppError('too-many', 'too many logins at once; try again in a few seconds');
  }
  await new Promise<void>((resolve) => waiting.push(resolve));
}

function leave(): void {
  const next = waiting.shift();
  if (next === undefined) active -= 1;
  else next();
}

function parseHash(hash: string): { salt: Buffer; tag: Buffer; cost: Cost } | undefined {
  const match =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)$/.exec(hash);
  if (match === null) return undefined;
  const [, memory, passes, parallelism, salt = '', tag = ''] = match;
  const parsed = {
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
  };
  return isSound(parsed) ? parsed : undefined;
}

/** The least that RFC 9106 §3.1 asks for. */
function isSound({ salt, tag, cost }: { salt: Buffer; tag: Buffer; cost: Cost }): boolean {
  const { memory, passes, parallelism } = cost;
  const isCostSound = parallelism >= 1 && passes >= 1 && memory >= 8 * parallelism;
  return isCostSound && salt.length >= 8 && tag.length === TAG_BYTES;
}

/** PHC strings carry base64 without padding. */
function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
