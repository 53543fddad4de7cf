export function JobservicePage() {
  return null;
}
