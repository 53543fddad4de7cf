export function HarborPage() {
  return null;
}
