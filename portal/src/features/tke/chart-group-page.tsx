export function ChartGroupPage() {
  return null;
}
