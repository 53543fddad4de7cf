import { Menu, Stack, Text } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import type { Column } from '../../ui/data-table.tsx';
import { Link } from '../../ui/link.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { Time } from '../../ui/values.tsx';
import { LockItem } from './lock-item.tsx';
import { tkeMessages } from './messages.ts';
import { PhaseStatus } from './phase-status.tsx';
import { useCaller } from './tke-queries.ts';
import { type Caller, canChangeNamespace, canDeleteNamespace } from './tke-rights.ts';
import type { Namespace } from './tke-types.ts';

interface NamespaceActions {
  onEdit(row: Namespace): void;
  onDelete(row: Namespace): void;
}

export function useNamespaceColumns(actions: NamespaceActions): readonly Column<Namespace>[] {
  const m = useMessages(tkeMessages);
  const caller = useCaller();
  const format = useFormat();
  const tenant: Column<Namespace> = {
    key: 'tenant',
    title: m.tenant,
    render: ({ spec }) => spec.tenantID,
  };
  return [
    {
      key: 'name',
      title: m.name,
      sort: 'name',
      isFixed: true,
      render: (row) => <NameCell row={row} isOfMany={caller.isPrivileged} />,
    },
    ...(caller.isPrivileged ? [tenant] : []),
    {
      key: 'visibility',
      title: m.visibility,
      render: ({ spec }) => m.visibilities(spec.visibility),
    },
    { key: 'type', title: m.type, render: ({ spec }) => m.types(spec.type) },
    {
      key: 'repositories',
      title: m.repositories,
      sort: 'repositories',
      align: 'right',
      render: ({ status }) => format.number(status.repoCount),
    },
    { key: 'phase', title: m.phase, render: ({ status }) => <PhaseStatus status={status} /> },
    {
      key: 'created',
      title: m.createdAt,
      sort: 'created',
      render: ({ metadata }) => <Time value={metadata.creationTimestamp} />,
    },
    {
      key: 'menu',
      title: '',
      align: 'right',
      isFixed: true,
      render: (row) => <NamespaceMenu row={row} caller={caller} {...actions} />,
    },
  ];
}

function NameCell({ row: { spec }, isOfMany }: { row: Namespace; isOfMany: boolean }) {
  return (
    <Stack gap={0}>
      <Link
        to="/tke/namespaces/$namespace"
        params={{ namespace: spec.name }}
        search={isOfMany ? { tenant: spec.tenantID } : {}}
      >
        {spec.name}
      </Link>
      {spec.displayName !== undefined && spec.displayName !== '' && (
        <Text size="xs" c="dimmed">
          {spec.displayName}
        </Text>
      )}
    </Stack>
  );
}

function NamespaceMenu({
  row,
  caller,
  onEdit,
  onDelete,
}: NamespaceActions & { row: Namespace; caller: Caller }) {
  const words = useMessages(common);
  const canChange = canChangeNamespace(caller, row);
  const canDelete = canDeleteNamespace(caller, row);
  if (!canChange && !canDelete) return null;
  return (
    <RowMenu name={row.spec.name}>
      {canChange && <Menu.Item onClick={() => onEdit(row)}>{words.edit}</Menu.Item>}
      {caller.isAdmin && <LockItem resource="namespaces" object={row} />}
      {canDelete && (
        <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(row)}>
          {words.delete}
        </Menu.Item>
      )}
    </RowMenu>
  );
}
