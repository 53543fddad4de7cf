export function DeletedPage() {
  return null;
}
