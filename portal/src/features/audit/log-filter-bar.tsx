import { Button, Group, Select, TextInput } from '@mantine/core';
import type { ListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { SearchInput } from '../../ui/search-input.tsx';
import { OPERATIONS, RESOURCE_TYPES } from './event-words.ts';
import { auditMessages } from './messages.ts';

interface LogFilterBarProps {
  readonly list: ListState;
  onClear(): void;
}

/** Which entries are shown; all of it is in the address. */
export function LogFilterBar({ list, onClear }: LogFilterBarProps) {
  const m = useMessages(auditMessages);
  return (
    <Group gap="xs" align="end">
      <SearchInput
        label={m.searchUser}
        value={list.filter('user')}
        onChange={(value) => list.setFilter('user', value)}
      />
      <SearchInput
        label={m.searchResource}
        value={list.filter('resource')}
        onChange={(value) => list.setFilter('resource', value)}
      />
      <Choice
        list={list}
        name="operation"
        label={m.operation}
        any={m.anyOperation}
        values={OPERATIONS}
        say={m.operationOf}
      />
      <Choice
        list={list}
        name="type"
        label={m.type}
        any={m.anyType}
        values={RESOURCE_TYPES}
        say={m.typeOf}
      />
      <Choice
        list={list}
        name="result"
        label={m.result}
        any={m.anyResult}
        values={['success', 'failure']}
        say={(value) => (value === 'success' ? m.succeeded : m.failed)}
      />
      <Day list={list} name="from" label={m.from} max={list.filter('until')} />
      <Day list={list} name="until" label={m.until} min={list.filter('from')} />
      {list.isFiltered && (
        <Button variant="subtle" onClick={onClear}>
          {m.clearFilters}
        </Button>
      )}
    </Group>
  );
}

interface ChoiceProps {
  readonly list: ListState;
  readonly name: string;
  readonly label: string;
  readonly any: string;
  readonly values: readonly string[];
  say(value: string): string;
}

function Choice({ list, name, label, any, values, say }: ChoiceProps) {
  const value = list.filter(name);
  // An address may name one that has no words here.
  const known = value === '' || values.includes(value) ? values : [...values, value];
  return (
    <Select
      aria-label={label}
      data={[{ value: '', label: any }, ...known.map((one) => ({ value: one, label: say(one) }))]}
      value={value}
      allowDeselect={false}
      searchable={values.length > 10}
      w={170}
      onChange={(chosen) => list.setFilter(name, chosen ?? '')}
    />
  );
}

interface DayProps {
  readonly list: ListState;
  readonly name: string;
  readonly label: string;
  readonly min?: string;
  readonly max?: string;
}

function Day({ list, name, label, min = '', max = '' }: DayProps) {
  return (
    <Group gap={6} wrap="nowrap">
      <TextInput
        type="date"
        label={label}
        value={list.filter(name)}
        onChange={(event) => list.setFilter(name, event.currentTarget.value)}
        {...(min !== '' && { min })}
        {...(max !== '' && { max })}
      />
    </Group>
  );
}
