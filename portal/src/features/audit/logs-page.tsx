import { useMessages } from '../../lib/messages.ts';
import { useIsAdmin } from '../../lib/session.ts';
import { Page } from '../../ui/page.tsx';
import { AuditLog } from './audit-log.tsx';
import { auditMessages } from './messages.ts';

/** The log of everything that the reader may know. */
export function LogsPage() {
  const m = useMessages(auditMessages);
  return (
    <Page title={m.title} description={useIsAdmin() ? m.descriptionAdmin : m.description}>
      <AuditLog />
    </Page>
  );
}
