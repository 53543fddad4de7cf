import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecretBox } from '../secrets/index.ts';
import type { CheckedTarget } from './policy-rules.ts';
import { MASK, sealTargets } from './target-secrets.ts';
import { targetContext, type WebhookTarget } from './webhook-policy.ts';

const box = createSecretBox({ key: randomBytes(32) });
const seal = (targets: readonly CheckedTarget[], stored: readonly WebhookTarget[] = []) =>
  sealTargets(box, targets, stored);

const targetAt = (address: string, change: Partial<CheckedTarget> = {}): CheckedTarget => ({
  type: 'http',
  address,
  payloadFormat: 'Default',
  skipCertVerify: false,
  authHeader: '',
  secret: undefined,
  ...change,
});
const A = 'https://a.example.com/hook';
const B = 'https://b.example.com/hook';

function opened(target: WebhookTarget | undefined) {
  const { id = '', authHeader, secret } = target ?? {};
  return {
    authHeader: authHeader && box.open(authHeader, targetContext(id, 'auth_header')),
    secret: secret && box.open(secret, targetContext(id, 'secret')),
  };
}

describe('the secrets of webhook targets', () => {
  it('are sealed to their target', () => {
    const [target] = seal([targetAt(A, { authHeader: 'Bearer a', secret: 'key' })]);
    expect(opened(target)).toEqual({ authHeader: 'Bearer a', secret: 'key' });
    expect(JSON.stringify(target)).not.toMatch(/Bearer|key/);
    expect(seal([targetAt(A)])[0]).toMatchObject({ authHeader: undefined, secret: undefined });
  });

  it('stay when their mask comes back, and go when they are empty', () => {
    const stored = seal([targetAt(A, { authHeader: 'Bearer a', secret: 'key' })]);
    const kept = seal([targetAt(A, { authHeader: MASK, secret: MASK })], stored);
    expect(kept).toEqual(stored);
    const cleared = seal([targetAt(A, { authHeader: '', secret: '' })], stored);
    expect(opened(cleared[0])).toEqual({ authHeader: undefined, secret: undefined });
    // What Harbor's clients send: they know of no `secret`.
    expect(opened(seal([targetAt(A)], stored)[0])).toEqual({
      authHeader: undefined,
      secret: 'key',
    });
  });

  it('stay with their address when targets change places', () => {
    const stored = seal([
      targetAt(A, { authHeader: 'for a' }),
      targetAt(B, { authHeader: 'for b' }),
    ]);
    const masked = { authHeader: MASK };
    const [b, a] = seal([targetAt(B, masked), targetAt(A, masked)], stored);
    expect(opened(a).authHeader).toBe('for a');
    expect(opened(b).authHeader).toBe('for b');
    expect([b?.id, a?.id]).toEqual([stored[1]?.id, stored[0]?.id]);
  });

  it('do not come to a new target at the place of one that moved down', () => {
    const stored = seal([targetAt(A, { authHeader: 'for a', secret: 'key' })]);
    const [added, a] = seal([targetAt(B), targetAt(A, { authHeader: MASK })], stored);
    expect(a?.id).toBe(stored[0]?.id);
    expect(added?.id).not.toBe(a?.id);
    expect(opened(added)).toEqual({ authHeader: undefined, secret: undefined });
  });

  it('follow their target to another path, but never to another origin', () => {
    const stored = seal([targetAt(A, { authHeader: 'for a', secret: 'key' })]);
    const [moved] = seal([targetAt('https://a.example.com/new', { authHeader: MASK })], stored);
    expect(moved?.id).toBe(stored[0]?.id);
    expect(opened(moved)).toEqual({ authHeader: 'for a', secret: 'key' });
    for (const address of [B, 'http://a.example.com/hook', 'https://a.example.com:8443/hook']) {
      expect(() => seal([targetAt(address, { authHeader: MASK })], stored)).toThrowError(
        'auth_header must be given anew for a new address',
      );
    }
  });

  it('are not made up from a mask', () => {
    const masked = targetAt(A, { authHeader: MASK });
    expect(() => seal([masked])).toThrowError(expect.objectContaining({ kind: 'invalid' }));
    expect(() => seal([masked], seal([targetAt(A)]))).toThrowError(
      expect.objectContaining({ kind: 'invalid' }),
    );
    expect(seal([targetAt(A, { secret: MASK })])[0]?.secret).toBeUndefined();
  });
});
