let typed: string | undefined;

/**
 * The password of this very login, for the page that asks for another one right after it: nobody
 * has to type it twice. It is kept in the page's memory alone, until that is done.
 */
export const typedPassword = {
  put(password: string): void {
    typed = password;
  },
  find: (): string | undefined => typed,
  forget(): void {
    typed = undefined;
  },
};
