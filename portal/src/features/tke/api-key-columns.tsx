import { Code, Menu } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import type { Column } from '../../ui/data-table.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { Status, Time } from '../../ui/values.tsx';
import { apiKeyMessages } from './api-key-messages.ts';
import { tkeMessages } from './messages.ts';
import { useCaller } from './tke-queries.ts';
import type { ApiKey } from './tke-types.ts';

interface ApiKeyActions {
  onDelete(row: ApiKey): void;
  onDisable(rows: readonly ApiKey[], isDisabled: boolean): void;
}

export function useApiKeyColumns(actions: ApiKeyActions): readonly Column<ApiKey>[] {
  const m = useMessages(apiKeyMessages);
  const words = useMessages(tkeMessages);
  const { isAdmin } = useCaller();
  const owner: readonly Column<ApiKey>[] = [
    { key: 'user', title: m.user, sort: 'user', render: ({ spec }) => spec.username },
    {
      key: 'tenant',
      title: words.tenant,
      render: ({ spec }) => spec.tenantID || m.allTenants,
    },
  ];
  return [
    {
      key: 'name',
      title: m.id,
      sort: 'name',
      isFixed: true,
      render: ({ spec }) => <Code>{spec.apiKey}</Code>,
    },
    {
      key: 'description',
      title: m.description,
      render: ({ spec }) => spec.description || '—',
    },
    ...(isAdmin ? owner : []),
    {
      key: 'created',
      title: m.created,
      sort: 'created',
      render: ({ spec }) => <Time value={spec.issue_at} />,
    },
    {
      key: 'expires',
      title: m.expires,
      sort: 'expires',
      render: ({ spec }) => <Time value={spec.expire_at} />,
    },
    { key: 'state', title: m.state, render: ({ status }) => <KeyState status={status} /> },
    {
      key: 'menu',
      title: '',
      align: 'right',
      isFixed: true,
      render: (row) => <KeyMenu row={row} {...actions} />,
    },
  ];
}

function KeyState({ status: { disabled, expired } }: Pick<ApiKey, 'status'>) {
  const m = useMessages(apiKeyMessages);
  if (expired) return <Status value="failed" label={m.expired} />;
  if (disabled) return <Status value="stopped" label={m.disabled} />;
  return <Status value="enabled" label={m.active} />;
}

function KeyMenu({ row, onDelete, onDisable }: ApiKeyActions & { row: ApiKey }) {
  const words = useMessages(common);
  const { disabled } = row.status;
  return (
    <RowMenu name={row.metadata.name}>
      <Menu.Item onClick={() => onDisable([row], !disabled)}>
        {disabled ? words.enable : words.disable}
      </Menu.Item>
      <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(row)}>
        {words.delete}
      </Menu.Item>
    </RowMenu>
  );
}
