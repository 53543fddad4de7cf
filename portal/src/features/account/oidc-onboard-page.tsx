export function OidcOnboardPage() {
  return null;
}
