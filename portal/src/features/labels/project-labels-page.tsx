export function ProjectLabelsPage() {
  return null;
}
