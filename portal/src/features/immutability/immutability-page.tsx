export function ImmutabilityPage() {
  return null;
}
