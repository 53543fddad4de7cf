import { Checkbox, MultiSelect, Select, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answer, api, many, one } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { contains } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { settingsMessages } from './settings-messages.ts';
import { EXPIRIES, type Expiry, expiresAt } from './token-expiry.ts';
import { scopeWords, TOKEN_SCOPES, type TokenScope } from './token-rights.ts';

interface NewTokenDialogProps {
  onClose(): void;
  onMade(token: Answer<'createCurrentUserToken'>): void;
}

/** Makes a token. */
export function NewTokenDialog({ onClose, onMade }: NewTokenDialogProps) {
  const m = useMessages(settingsMessages);
  const { create } = useMessages(common);
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly TokenScope[]>(['registry:pull']);
  const [expiry, setExpiry] = useState<Expiry>('90');
  const [day, setDay] = useState('');
  const [projects, setProjects] = useState<string[]>([]);
  async function send(): Promise<void> {
    const end = expiresAt(expiry, day, new Date());
    if (end === undefined) throw new Error(m.lastDayWrong);
    const body = { name: name.trim(), scopes: [...scopes], expires_at: end };
    const token = await one(
      api.POST('/api/v2.0/users/current/tokens', {
        body: { ...body, projects: projects.length === 0 ? null : projects },
      }),
    );
    await client.invalidateQueries({ queryKey: ['tokens'] });
    onMade(token);
  }
  return (
    <FormDialog
      title={m.newToken}
      opened
      onClose={onClose}
      onSubmit={send}
      submitLabel={create}
      isIncomplete={name.trim() === '' || scopes.length === 0 || (expiry === 'day' && day === '')}
    >
      <TextInput
        label={m.tokenName}
        description={m.tokenNameHint}
        required
        maxLength={255}
        autoComplete="off"
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Rights scopes={scopes} onChange={setScopes} />
      <ExpiryField expiry={expiry} day={day} onExpiry={setExpiry} onDay={setDay} />
      <ProjectsField value={projects} onChange={setProjects} />
    </FormDialog>
  );
}

interface RightsProps {
  readonly scopes: readonly TokenScope[];
  onChange(scopes: readonly TokenScope[]): void;
}

function Rights({ scopes, onChange }: RightsProps) {
  const m = useMessages(settingsMessages);
  const words = scopeWords(m);
  return (
    <Checkbox.Group
      label={m.rights}
      required
      error={scopes.length === 0 && m.rightsWrong}
      value={[...scopes]}
      onChange={(chosen) => onChange(TOKEN_SCOPES.filter((scope) => chosen.includes(scope)))}
    >
      <Stack gap="xs" mt="xs">
        {TOKEN_SCOPES.map((scope) => (
          <Checkbox
            key={scope}
            value={scope}
            label={words[scope]?.label}
            description={words[scope]?.hint}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

interface ExpiryFieldProps {
  readonly expiry: Expiry;
  readonly day: string;
  onExpiry(expiry: Expiry): void;
  onDay(day: string): void;
}

function ExpiryField({ expiry, day, onExpiry, onDay }: ExpiryFieldProps) {
  const m = useMessages(settingsMessages);
  const { never } = useMessages(common);
  const [opened] = useState(() => new Date());
  const labels: Readonly<Record<Expiry, string>> = {
    '30': m.days(30),
    '90': m.days(90),
    '365': m.year,
    never,
    day: m.chosenDay,
  };
  return (
    <>
      <Select
        label={m.expiry}
        data={EXPIRIES.map((value) => ({ value, label: labels[value] }))}
        value={expiry}
        allowDeselect={false}
        onChange={(value) => onExpiry(EXPIRIES.find((one) => one === value) ?? '90')}
      />
      {expiry === 'day' && (
        <TextInput
          type="date"
          label={m.lastDay}
          required
          value={day}
          error={day !== '' && expiresAt('day', day, opened) === undefined && m.lastDayWrong}
          onChange={(event) => onDay(event.currentTarget.value)}
        />
      )}
    </>
  );
}

interface ProjectsFieldProps {
  readonly value: string[];
  onChange(value: string[]): void;
}

function ProjectsField({ value, onChange }: ProjectsFieldProps) {
  const m = useMessages(settingsMessages);
  const [typed, setTyped] = useState('');
  const [asked] = useDebouncedValue(typed.trim(), 250);
  const q = contains('name', asked);
  const { data } = useQuery({
    queryKey: ['projects', 'names', asked],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/projects', {
          params: { query: { page_size: 50, sort: 'name', ...(q !== undefined && { q }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const found = data?.items.map(({ name }) => name) ?? [];
  return (
    <MultiSelect
      label={m.limitProjects}
      description={m.limitProjectsHint}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': useMessages(common).clear }}
      data={[...new Set([...value, ...found])]}
      value={value}
      onChange={onChange}
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={m.noProjectFound}
      maxValues={100}
    />
  );
}
