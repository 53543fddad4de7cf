import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answer, api, done, many } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import type { CurrentUser } from '../../lib/session.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Empty } from '../../ui/states.tsx';
import { Status, Time } from '../../ui/values.tsx';
import { NewTokenDialog } from './new-token-dialog.tsx';
import { settingsMessages } from './settings-messages.ts';
import { scopeWords } from './token-rights.ts';
import { TokenSecretDialog } from './token-secret-dialog.tsx';

type Token = Answer<'listCurrentUserTokens'>[number];
type NewToken = Answer<'createCurrentUserToken'>;

/** Tokens that stand for the reader with a part of their rights. */
export function TokensTab({ user }: { user: CurrentUser }) {
  const m = useMessages(settingsMessages);
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<NewToken>();
  const button = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      {m.newToken}
    </Button>
  );
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={640}>
          {m.tokensText}
        </Text>
        {button}
      </Group>
      <TokenTable />
      {isMaking && <NewTokenDialog onClose={() => setMaking(false)} onMade={setMade} />}
      {made !== undefined && (
        <TokenSecretDialog token={made} user={user} onClose={() => setMade(undefined)} />
      )}
    </Stack>
  );
}

function TokenTable() {
  const m = useMessages(settingsMessages);
  const list = useListState({ table: 'tokens' });
  const { page, size } = list;
  const query = useQuery({
    queryKey: ['tokens', page, size],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/users/current/tokens', {
          params: { query: { page, page_size: size } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const [deleting, setDeleting] = useState<Token>();
  return (
    <>
      <DataTable
        label={m.tokens}
        table="tokens"
        columns={useColumns(setDeleting)}
        query={query}
        list={list}
        keyOf={({ id }) => String(id)}
        nameOf={({ name }) => name}
        empty={
          <Empty title={m.noTokens}>
            <Text c="dimmed">{m.noTokensText}</Text>
          </Empty>
        }
      />
      {deleting !== undefined && (
        <DeleteToken token={deleting} onClose={() => setDeleting(undefined)} />
      )}
    </>
  );
}

function useColumns(onDelete: (token: Token) => void): readonly Column<Token>[] {
  const m = useMessages(settingsMessages);
  const words = scopeWords(m);
  const { delete: remove, name } = useMessages(common);
  return [
    { key: 'name', title: name, isFixed: true, render: (token) => token.name },
    {
      key: 'scopes',
      title: m.may,
      render: ({ scopes }) => (
        <Group gap={4}>
          {scopes.map((scope) => (
            <Badge key={scope} variant="default" tt="none" fw={500}>
              {words[scope]?.label ?? scope}
            </Badge>
          ))}
        </Group>
      ),
    },
    {
      key: 'projects',
      title: m.projects,
      render: ({ projects }) => projects?.join(', ') ?? m.allProjects,
    },
    { key: 'expires', title: m.expires, render: (token) => <Expires at={token.expires_at} /> },
    { key: 'used', title: m.lastUsed, render: (token) => <Time value={token.last_used_at} /> },
    { key: 'made', title: m.created, render: (token) => <Time value={token.creation_time} /> },
    {
      key: 'actions',
      title: '',
      align: 'right',
      render: (token) => (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`${remove}: ${token.name}`}
          onClick={() => onDelete(token)}
        >
          {remove}
        </Button>
      ),
    },
  ];
}

function Expires({ at }: { at: string | null }) {
  const m = useMessages(settingsMessages);
  const [opened] = useState(() => Date.now());
  if (at !== null && Date.parse(at) <= opened) return <Status value="failed" label={m.expired} />;
  return <Time value={at} />;
}

function DeleteToken({ token, onClose }: { token: Token; onClose(): void }) {
  const m = useMessages(settingsMessages);
  const client = useQueryClient();
  async function remove(): Promise<void> {
    await done(
      api.DELETE('/api/v2.0/users/current/tokens/{token_id}', {
        params: { path: { token_id: token.id } },
      }),
    );
    await client.invalidateQueries({ queryKey: ['tokens'] });
    notifyDone(m.tokenDeleted(token.name));
  }
  return (
    <ConfirmDialog
      title={m.deleteTokenOf(token.name)}
      opened
      onClose={onClose}
      onConfirm={remove}
      confirmLabel={m.deleteToken}
    >
      {m.deleteTokenText}
    </ConfirmDialog>
  );
}
