import { RestError } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { useCurrentUser, useIsAdmin } from '../../lib/session.ts';
import { Page } from '../../ui/page.tsx';
import { AuditLog } from './audit-log.tsx';
import { auditMessages } from './messages.ts';

/** The log of everything that the reader may know. */
export function LogsPage() {
  const m = useMessages(auditMessages);
  const isAdmin = useIsAdmin();
  // For a visitor a login would help; the frame leads there.
  if (useCurrentUser() === null) throw new RestError(401);
  return (
    <Page title={m.title} description={isAdmin ? m.descriptionAdmin : m.description}>
      <AuditLog />
    </Page>
  );
}
