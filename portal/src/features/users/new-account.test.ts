import { describe, expect, it } from 'vitest';
import { isPassword } from '../../lib/account-rules.ts';
import { usersMessages } from './messages.ts';
import { findFaults, type NewAccount } from './new-account.ts';

const words = usersMessages.en;
const ann: NewAccount = {
  username: 'ann',
  email: 'ann@example.com',
  realname: 'Ann Lee',
  password: 'Passw0rd1',
  passwordAgain: 'Passw0rd1',
  comment: '',
};

describe('the rules of a new account', () => {
  it('let a sound one through', () => {
    expect(findFaults(ann, words)).toEqual({});
  });

  it.each([
    ['username', { username: 'a b' }, words.usernameRule],
    ['email', { email: 'ann@host' }, words.emailRule],
    ['realname', { realname: '' }, words.realnameRule],
    ['comment', { comment: 'x'.repeat(31) }, words.commentRule],
    ['passwordAgain', { passwordAgain: 'Passw0rd2' }, words.passwordsDiffer],
  ])('say what is wrong with the %s', (field, change, sentence) => {
    expect(findFaults({ ...ann, ...change }, words)).toEqual({ [field]: sentence });
  });

  it.each(['Passw0rd', `Aa1${'x'.repeat(125)}`])('take %j as a password', (text) => {
    expect(isPassword(text)).toBe(true);
  });

  it.each(['Passw0r', 'password1', 'PASSWORD1', 'Password', `Aa1${'é'.repeat(63)}`])(
    'refuse %j as a password',
    (text) => {
      expect(isPassword(text)).toBe(false);
    },
  );
});
