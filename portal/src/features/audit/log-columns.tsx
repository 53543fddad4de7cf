import { Text } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import type { Column } from '../../ui/data-table.tsx';
import { Link } from '../../ui/link.tsx';
import { Status, Time } from '../../ui/values.tsx';
import type { AuditEntry } from './log-filters.ts';
import { auditMessages } from './messages.ts';
import { findPlace } from './resource-place.ts';

/** Columns of the audit log. */
export function useLogColumns(): readonly Column<AuditEntry>[] {
  const m = useMessages(auditMessages);
  return [
    {
      key: 'time',
      title: m.time,
      sort: 'op_time',
      isFixed: true,
      render: ({ op_time: time }) => (
        <Text inherit span style={{ whiteSpace: 'nowrap' }}>
          <Time value={time} />
        </Text>
      ),
    },
    { key: 'user', title: m.user, sort: 'username', render: ({ username }) => username },
    {
      key: 'resource',
      title: m.resource,
      isFixed: true,
      render: (entry) => <Resource entry={entry} />,
    },
    { key: 'type', title: m.type, render: ({ resource_type: type }) => m.typeOf(type) },
    {
      key: 'operation',
      title: m.operation,
      sort: 'operation',
      render: ({ operation }) => m.operationOf(operation),
    },
    {
      key: 'details',
      title: m.details,
      render: ({ operation_description: text }) => (
        <Text inherit c="dimmed" miw={200} style={{ overflowWrap: 'anywhere' }}>
          {m.descriptionOf(text)}
        </Text>
      ),
    },
    {
      key: 'result',
      title: m.result,
      render: ({ operation_result: isDone }) => (
        <div style={{ minWidth: 'max-content' }}>
          <Status value={isDone ? 'success' : 'failed'} label={isDone ? m.succeeded : m.failed} />
        </div>
      ),
    },
  ];
}

function Resource({ entry }: { entry: AuditEntry }) {
  const place = findPlace(entry);
  const name = (
    <Text inherit miw={140} style={{ overflowWrap: 'anywhere' }} component="div">
      {entry.resource}
    </Text>
  );
  if (place === undefined) return name;
  const { project, reference } = place;
  if (reference === undefined) {
    return (
      <Link to="/p/$project" params={{ project }}>
        {name}
      </Link>
    );
  }
  return (
    <Link to="/p/$project/r/$" params={{ project, _splat: reference }}>
      {name}
    </Link>
  );
}
