import {
  isEmail,
  isPassword,
  isRealname,
  isUsername,
  MAX_COMMENT,
} from '../../lib/account-rules.ts';
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

type RuleWords = Pick<
  UsersWords,
  'usernameRule' | 'emailRule' | 'realnameRule' | 'passwordRule' | 'passwordsDiffer' | 'commentRule'
>;

/** What is wrong with an account, by field, as the registry would judge; it has the last word. */
export function findFaults(account: NewAccount, m: RuleWords): Partial<NewAccount> {
  const { username, email, realname, password, passwordAgain, comment } = account;
  return {
    ...(!isUsername(username) && { username: m.usernameRule }),
    ...(!isEmail(email) && { email: m.emailRule }),
    ...(!isRealname(realname) && { realname: m.realnameRule }),
    ...(!isPassword(password) && { password: m.passwordRule }),
    ...(password !== passwordAgain && { passwordAgain: m.passwordsDiffer }),
    ...(comment.length > MAX_COMMENT && { comment: m.commentRule }),
  };
}
