export function ChartGroupsPage() {
  return null;
}
