import type { UsersWords } from './messages.ts';

/** What a new account is made of. */
export interface NewAccount {
  readonly username: string;
  readonly email: string;
  readonly realname: string;
  readonly password: string;
  readonly passwordAgain: string;
  readonly comment: string;
}

/** Whether the registry takes it as a password. */
export function isPassword(text: string): boolean {
  const isLong = text.length >= 8 && new TextEncoder().encode(text).length <= 128;
  return isLong && /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text);
}

type RuleWords = Pick<
  UsersWords,
  'usernameRule' | 'emailRule' | 'realnameRule' | 'passwordRule' | 'passwordsDiffer' | 'commentRule'
>;

/** What is wrong with an account, by field, as the registry would judge; it has the last word. */
export function findFaults(account: NewAccount, m: RuleWords): Partial<NewAccount> {
  const { username, email, realname, password, passwordAgain, comment } = account;
  const isAddress = /^[^\s<>()[\]\\,;:@"]+@(?:[a-z\d-]+\.)+[a-z]{2,}$/i.test(email);
  return {
    ...(!/^[^,"~#%$\s:]{1,255}$/u.test(username) && { username: m.usernameRule }),
    ...(!isAddress && { email: m.emailRule }),
    ...(!/^[^,"~#%$]{1,255}$/u.test(realname) && { realname: m.realnameRule }),
    ...(!isPassword(password) && { password: m.passwordRule }),
    ...(password !== passwordAgain && { passwordAgain: m.passwordsDiffer }),
    ...(comment.length > 30 && { comment: m.commentRule }),
  };
}
