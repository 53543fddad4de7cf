import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, many } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { robotsMessages } from './messages.ts';

const MOST = 30;

interface ProjectPickerProps {
  readonly chosen: readonly string[];
  onPick(name: string): void;
}

/** Finds a project by its name, among however many. */
export function ProjectPicker({ chosen, onPick }: ProjectPickerProps) {
  const m = useMessages(robotsMessages);
  const [typed, setTyped] = useState('');
  const [asked] = useDebouncedValue(typed.trim(), 200);
  const { data } = useQuery({
    queryKey: ['projects', 'pick', asked],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/projects', {
          params: {
            query: { page_size: MOST, sort: 'name', ...(asked !== '' && { name: asked }) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const names = (data?.items ?? []).map(({ name }) => name);
  return (
    <Select
      label={m.addProject}
      placeholder={m.addProjectHint}
      searchable
      data={names.filter((name) => !chosen.includes(name))}
      filter={({ options }) => options}
      comboboxProps={{ withinPortal: false }}
      searchValue={typed}
      onSearchChange={setTyped}
      value={null}
      onChange={(name) => {
        if (name === null) return;
        onPick(name);
        setTyped('');
      }}
    />
  );
}
