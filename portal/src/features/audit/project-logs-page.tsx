import { Text } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { Empty } from '../../ui/states.tsx';
import { AuditLog } from './audit-log.tsx';
import { auditMessages } from './messages.ts';

/** The log of a project. */
export function ProjectLogsPage() {
  const m = useMessages(auditMessages);
  const { project, permissions } = useProject();
  if (permissions.can('log', 'list')) return <AuditLog project={project.name} />;
  return (
    <Empty title={m.forbiddenTitle}>
      <Text c="dimmed">{m.forbiddenText}</Text>
    </Empty>
  );
}
