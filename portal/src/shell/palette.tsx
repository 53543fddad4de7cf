import { Combobox, Text, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { type Answer, api, one } from '../lib/api.ts';
import { basePath } from '../lib/base.ts';
import { useMessages } from '../lib/messages.ts';
import { presentReference, splitRepository } from '../lib/reference.ts';
import { shell } from './messages.ts';
import { type Pages, usePages } from './pages.ts';

interface Goal {
  readonly label: string;
  readonly path: string;
}

interface GoalGroup {
  readonly title: string;
  readonly goals: readonly Goal[];
}

const MOST = 6;

/** One field that finds projects, repositories, tags, digests and pages, by keyboard alone. */
export function Palette({ onDone }: { onDone(): void }) {
  const m = useMessages(shell);
  const router = useRouter();
  const combobox = useCombobox({ opened: true });
  const field = useRef<HTMLInputElement>(null);
  // The dialog looks for what to focus when it opens, which may be before this is loaded.
  useEffect(() => field.current?.focus(), []);
  const [typed, setTyped] = useState('');
  const [asked] = useDebouncedValue(typed.trim(), 200);
  const { data } = useQuery({
    queryKey: ['search', asked],
    queryFn: ({ signal }) =>
      one(api.GET('/api/v2.0/search', { params: { query: { q: asked } }, signal })),
    enabled: asked !== '',
    placeholderData: keepPreviousData,
  });
  const chooseFirst = useEffectEvent(() => combobox.selectFirstOption());
  useEffect(() => {
    if (typed !== '') chooseFirst();
  }, [typed, data]);
  const groups = [
    { title: m.pages, goals: pagesLike(usePages(), typed.trim()) },
    ...(asked === '' || data === undefined ? [] : groupsOf(data, m)),
  ].filter(({ goals }) => goals.length > 0);
  function go(path: string): void {
    onDone();
    // History knows whole paths; names of projects and repositories need no encoding.
    router.history.push(`${basePath}${path}`);
  }
  return (
    <Combobox store={combobox} onOptionSubmit={go} withinPortal={false}>
      <Combobox.EventsTarget>
        <TextInput
          ref={field}
          aria-label={m.find}
          placeholder={m.findHint}
          value={typed}
          data-autofocus
          onChange={(event) => setTyped(event.currentTarget.value)}
          mb="sm"
        />
      </Combobox.EventsTarget>
      <Combobox.Options mah="60vh" style={{ overflowY: 'auto' }} aria-label={m.find}>
        {groups.map(({ title, goals }) => (
          <Combobox.Group key={title} label={title}>
            {goals.map(({ path, label }) => (
              <Combobox.Option key={`${title} ${path}`} value={path}>
                {label}
              </Combobox.Option>
            ))}
          </Combobox.Group>
        ))}
      </Combobox.Options>
      {groups.length === 0 && <Text role="status">{m.noResults}</Text>}
    </Combobox>
  );
}

function pagesLike({ main, tenants, administration, more }: Pages, text: string): readonly Goal[] {
  const wanted = text.toLowerCase();
  return [...main, ...tenants, ...administration, ...more]
    .filter(({ label }) => label.toLowerCase().includes(wanted))
    .map(({ to, label }) => ({ path: to, label }));
}

function groupsOf(found: Answer<'search'>, m: (typeof shell)['en']): readonly GoalGroup[] {
  const groups: readonly GoalGroup[] = [
    {
      title: m.projects,
      goals: found.project.map(({ name }) => ({ label: name, path: `/p/${name}` })),
    },
    {
      title: m.repositories,
      goals: found.repository.map((one) => goalOf(one.repository_name, {})),
    },
    {
      title: m.tags,
      goals: found.tag.map((one) => goalOf(one.repository_name, { tag: one.name })),
    },
    {
      title: m.artifacts,
      goals: found.artifact.map(({ repository_name: name, digest }) => goalOf(name, { digest })),
    },
  ];
  return groups.map(({ title, goals }) => ({ title, goals: goals.slice(0, MOST) }));
}

function goalOf(name: string, place: { tag?: string; digest?: string }): Goal {
  const { project, repository } = splitRepository(name);
  const reference = presentReference({ repository, ...place });
  return { label: `${project}/${reference}`, path: `/p/${project}/r/${reference}` };
}
