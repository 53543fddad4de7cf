/** Whether the registry takes it as a secret: its rule for passwords. */
export function isSecret(text: string): boolean {
  const isLong = text.length >= 8 && new TextEncoder().encode(text).length <= 128;
  return isLong && /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text);
}
