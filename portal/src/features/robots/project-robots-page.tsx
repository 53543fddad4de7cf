export function ProjectRobotsPage() {
  return null;
}
