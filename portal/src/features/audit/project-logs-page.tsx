export function ProjectLogsPage() {
  return null;
}
