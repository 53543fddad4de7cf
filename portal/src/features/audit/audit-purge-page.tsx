export function AuditPurgePage() {
  return null;
}
