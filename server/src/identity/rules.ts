import { AppError } from '../lib/index.ts';

/** What is not a name is nobody's; a NUL, for one, would not even get through to the database. */
export function isUsername(text: string): boolean {
  return /^[^,"~#%$\p{C}\s:]{1,255}$/u.test(text);
}

/** @throws AppError invalid */
export function checkUsername(username: string): void {
  if (!isUsername(username)) {
    throw new AppError(
      'invalid',
      'a user name has 1 to 255 characters, without spaces, control characters or any of , " ~ # % $ :',
    );
  }
}

/** Harbor's rule for passwords and secrets. */
export function isPassword(text: string): boolean {
  const isLong = text.length >= 8 && Buffer.byteLength(text) <= 128;
  return isLong && /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text);
}

/** @throws AppError invalid, in Harbor's words */
export function checkPassword(password: string): void {
  if (!isPassword(password)) {
    throw new AppError(
      'invalid',
      'the password or secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, 1 lowercase letter and 1 number',
    );
  }
}
