import { AppError } from '../lib/index.ts';

/** What users may change of themselves. */
export interface UserProfile {
  readonly email: string;
  readonly realname: string;
  readonly comment: string;
}

const MAX_EMAIL = 255;
const MAX_REALNAME = 255;
const MAX_COMMENT = 30;
const EMAIL = /^[^\s<>()[\]\\,;:@"]+@(?:[a-z\d-]+\.)+[a-z]{2,}$/i;

/** Harbor's rules for the fields of a profile. @throws AppError invalid */
export function checkProfile({ email, realname, comment }: UserProfile): void {
  if (email.length > MAX_EMAIL || !EMAIL.test(email)) {
    throw new AppError('invalid', 'email must be an address such as ann@example.com');
  }
  if (realname === '' || realname.length > MAX_REALNAME || /[,"~#%$]/.test(realname)) {
    throw new AppError('invalid', 'realname has 1 to 255 characters, without any of , " ~ # % $');
  }
  if (comment.length > MAX_COMMENT) {
    throw new AppError('invalid', 'comment has 30 characters at most');
  }
}
