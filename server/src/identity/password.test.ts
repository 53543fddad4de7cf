import { describe, expect, it } from 'vitest';
import { hashPassword, verifyNothing, verifyPassword } from './password.ts';

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

describe('password hashes', () => {
  it('are PHC strings that the password verifies, and no other', async () => {
    const hash = await hashPassword('correct horse');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(await verifyPassword('correct horse', hash)).toBe(true);
    expect(await verifyPassword('correct horsf', hash)).toBe(false);
    expect(await verifyPassword('', hash)).toBe(false);
  });

  it('are salted', async () => {
    const [first, second] = await Promise.all([hashPassword('same'), hashPassword('same')]);
    expect(first).not.toBe(second);
  });

  it('cover every byte of the longest password', async () => {
    const hash = await hashPassword(`${'x'.repeat(127)}a`);
    expect(await verifyPassword(`${'x'.repeat(127)}a`, hash)).toBe(true);
    expect(await verifyPassword(`${'x'.repeat(127)}b`, hash)).toBe(false);
  });

  it('are never verified by a longer one that only begins alike', async () => {
    const hash = await hashPassword('x'.repeat(128));
    expect(await verifyPassword('x'.repeat(129), hash)).toBe(false);
    const long = await hashPassword(`${'x'.repeat(199)}a`);
    expect(await verifyPassword(`${'x'.repeat(199)}b`, long)).toBe(false);
  });

  it('tell apart texts whose bytes differ only in normal form', async () => {
    expect(await verifyPassword('a\u0308', await hashPassword('ä'))).toBe(false);
  });

  it.each([
    '',
    'plain',
    '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
    '$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA',
    '$argon2id$v=16$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA',
    '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA',
    '$argon2id$v=19$m=1,t=0,p=0$AAAAAAAAAAAAAAAAAAAAAA$AAAA',
    '$argon2id$v=19$m=19456,t=2,p=1$A$AAAA',
  ])('of the wrong format %j verify nothing', async (hash) => {
    await expect(verifyPassword('', hash)).resolves.toBe(false);
    await expect(verifyPassword('plain', hash)).resolves.toBe(false);
  });
});

describe('the time of a verification', () => {
  it('does not tell whether there is an account, also for a password that is too long', async () => {
    const long = 'x'.repeat(129);
    const hash = await hashPassword('correct horse');
    const unknown = await elapsed(() => verifyNothing(long));
    const known = await elapsed(() => verifyPassword(long, hash));
    expect(known).toBeGreaterThan(unknown / 4);
  });
});

describe('many at once', () => {
  it('wait for each other and all get their answer', async () => {
    const hash = await hashPassword('correct horse');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        verifyPassword(index % 2 === 0 ? 'correct horse' : 'wrong', hash),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 10 }, (_, index) => index % 2 === 0));
  });

  it('are refused beyond the queue, which is usable again afterwards', async () => {
    const cheap = `$argon2id$v=19$m=8,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
    const attempts = await Promise.allSettled(
      Array.from({ length: 262 }, () => verifyPassword('x', cheap)),
    );
    const refused = attempts.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(4);
    await expect(verifyNothing('x')).resolves.toBe(false);
  });
});
