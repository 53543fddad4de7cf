import { expect, test } from 'vitest';
import { isEmail, isPassword, isRealname, isUsername, listKeptRules } from './account-rules.ts';

test('a password is judged part by part', () => {
  expect([...listKeptRules('')]).toEqual([]);
  expect([...listKeptRules('abc')]).toEqual(['lower']);
  expect([...listKeptRules('Abcdefgh')]).toEqual(['length', 'upper', 'lower']);
  expect(isPassword('Passw0rd')).toBe(true);
  expect(isPassword('Passw0r')).toBe(false);
});

test('a password has 128 bytes at most, not characters', () => {
  expect(isPassword(`Aa1${'x'.repeat(125)}`)).toBe(true);
  expect(isPassword(`Aa1${'x'.repeat(126)}`)).toBe(false);
  expect(isPassword(`Aa1${'字'.repeat(42)}`)).toBe(false);
});

test('names and addresses are judged as the registry does', () => {
  expect(['ann', '安', 'a.b-c'].every(isUsername)).toBe(true);
  expect(['', 'a b', 'a:b', 'a$', 'a\u0000'].some(isUsername)).toBe(false);
  expect(isEmail('ann@example.com')).toBe(true);
  expect(['ann', 'ann@host', '@example.com', 'a b@example.com'].some(isEmail)).toBe(false);
  expect(isRealname('Ann O.')).toBe(true);
  expect(['', 'a,b', '100%'].some(isRealname)).toBe(false);
});
