export function RobotsPage() {
  return null;
}
