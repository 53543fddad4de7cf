const MIN_PASSWORD = 8;
const MAX_PASSWORD_BYTES = 128;

/** The parts of the registry's rule for passwords, in the order in which they are listed. */
export const PASSWORD_RULES = ['length', 'upper', 'lower', 'digit'] as const;
export type PasswordRule = (typeof PASSWORD_RULES)[number];

/** Which parts of the rule a password keeps. */
export function listKeptRules(password: string): ReadonlySet<PasswordRule> {
  const bytes = new TextEncoder().encode(password).length;
  const kept: Readonly<Record<PasswordRule, boolean>> = {
    length: password.length >= MIN_PASSWORD && bytes <= MAX_PASSWORD_BYTES,
    upper: /[A-Z]/.test(password),
    lower: /[a-z]/.test(password),
    digit: /\d/.test(password),
  };
  return new Set(PASSWORD_RULES.filter((rule) => kept[rule]));
}

/** Whether the registry takes it as a password. */
export function isPassword(text: string): boolean {
  return listKeptRules(text).size === PASSWORD_RULES.length;
}

/** As the registry judges it. */
export function isUsername(text: string): boolean {
  return /^[^,"~#%$\p{C}\s:]{1,255}$/u.test(text);
}

/** As the registry judges it. */
export function isEmail(text: string): boolean {
  return text.length <= 255 && /^[^\s<>()[\]\\,;:@"]+@(?:[a-z\d-]+\.)+[a-z]{2,}$/i.test(text);
}

/** As the registry judges it. */
export function isRealname(text: string): boolean {
  return /^[^,"~#%$]{1,255}$/u.test(text);
}

/** The most characters that a comment on an account may have. */
export const MAX_COMMENT = 30;
