export function GcPage() {
  return null;
}
