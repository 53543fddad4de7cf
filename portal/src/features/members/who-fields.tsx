import { Autocomplete, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, many } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { useSystemInfo } from '../../lib/session.ts';
import { groupTypeName } from './group-type-name.ts';
import { GROUP_TYPE, groupTypesOf, nameGroups } from './groups.ts';
import { membersMessages } from './messages.ts';

const MOST = 20;
const PAUSE_MS = 200;

interface NameFieldProps {
  readonly value: string;
  onChange(value: string): void;
}

/** A user, searched for as the name is typed. */
export function UserField({ value, onChange }: NameFieldProps) {
  const m = useMessages(membersMessages);
  const [asked] = useDebouncedValue(value.trim(), PAUSE_MS);
  const { data } = useQuery({
    queryKey: ['users', 'search', asked],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/users/search', {
          params: { query: { username: asked, page_size: MOST } },
          signal,
        }),
      ),
    enabled: asked !== '',
    placeholderData: keepPreviousData,
  });
  return (
    <Autocomplete
      label={m.username}
      description={m.usernameHint}
      required
      data-autofocus
      autoComplete="off"
      data={asked === '' ? [] : (data?.items ?? []).map(({ username }) => username)}
      filter={({ options }) => options}
      comboboxProps={{ withinPortal: false }}
      value={value}
      onChange={onChange}
    />
  );
}

export interface GroupChoice {
  readonly name: string;
  /** Chosen for a group that is not known yet. */
  readonly type: number | undefined;
}

interface GroupFieldProps {
  readonly value: GroupChoice;
  onChange(value: GroupChoice): void;
}

/** Groups that are known here and have the text in their names. */
export function useGroups(text: string) {
  const m = useMessages(membersMessages);
  const [asked] = useDebouncedValue(text.trim(), PAUSE_MS);
  const { data, isFetching } = useQuery({
    queryKey: ['user-groups', 'search', asked],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/usergroups/search', {
          params: { query: { groupname: asked, page_size: MOST } },
          signal,
        }),
      ),
    enabled: asked !== '',
    placeholderData: keepPreviousData,
  });
  return {
    groups: nameGroups(data?.items ?? [], (type) => groupTypeName(type, m)),
    isSettled: !isFetching && asked === text.trim(),
  };
}

/** A group: one that is known, or a new one with its type. */
export function GroupField({ value, onChange }: GroupFieldProps) {
  const m = useMessages(membersMessages);
  const types = groupTypesOf(useSystemInfo().auth_mode);
  const { groups, isSettled } = useGroups(value.name);
  const typed = value.name.trim();
  const isNew = typed !== '' && isSettled && !groups.has(typed);
  const type = value.type ?? types[0] ?? GROUP_TYPE.ldap;
  return (
    <>
      <Autocomplete
        label={m.groupName}
        description={m.groupHint}
        required
        data-autofocus
        autoComplete="off"
        data={[...groups.keys()]}
        filter={({ options }) => options}
        comboboxProps={{ withinPortal: false }}
        value={value.name}
        onChange={(name) => onChange({ ...value, name })}
      />
      {isNew && (
        <Select
          label={m.groupType}
          description={type === GROUP_TYPE.ldap ? m.dnNeeded : m.groupUnknown}
          data={types.map((one) => ({ value: String(one), label: groupTypeName(one, m) }))}
          value={String(type)}
          allowDeselect={false}
          onChange={(one) => onChange({ ...value, type: Number(one) })}
        />
      )}
    </>
  );
}
