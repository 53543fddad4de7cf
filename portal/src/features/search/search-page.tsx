import { Chip, Group, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, one, type Query } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { type ListState, useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { Page } from '../../ui/page.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty, QueryView } from '../../ui/states.tsx';
import { FindingList } from './finding-list.tsx';
import { type FindingGroup, groupFindings, KINDS } from './found.ts';
import { searchMessages } from './messages.ts';

/** Everything of a name, a digest or an annotation that the reader may see. */
export function SearchPage() {
  const m = useMessages(searchMessages);
  const list = useListState({ table: 'search' });
  const text = list.filter('q').trim().slice(0, 255);
  const kind = KINDS.find((one) => one === list.filter('type'));
  return (
    <Page title={m.title} description={m.description}>
      <SearchInput
        label={m.field}
        value={list.filter('q')}
        onChange={(value) => list.setFilter('q', value)}
      />
      <KindFilter list={list} />
      {text === '' ? (
        <Start />
      ) : (
        <Results query={{ q: text, ...(kind !== undefined && { type: kind }) }} />
      )}
    </Page>
  );
}

function KindFilter({ list }: { list: ListState }) {
  const m = useMessages(searchMessages);
  return (
    <Chip.Group value={list.filter('type')} onChange={(value) => list.setFilter('type', value)}>
      <Group gap="xs" role="radiogroup" aria-label={m.kinds}>
        <Chip value="" size="xs">
          {m.all}
        </Chip>
        {KINDS.map((kind) => (
          <Chip key={kind} value={kind} size="xs">
            {m[kind]}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  );
}

function Results({ query: asked }: { query: Query<'search'> }) {
  const m = useMessages(searchMessages);
  const query = useQuery({
    queryKey: ['search', asked],
    queryFn: ({ signal }) => one(api.GET('/api/v2.0/search', { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
  });
  return (
    <QueryView query={query}>
      {(found) => <Groups groups={groupFindings(found, m)} isOld={query.isPlaceholderData} />}
    </QueryView>
  );
}

function Groups({ groups, isOld }: { groups: readonly FindingGroup[]; isOld: boolean }) {
  const words = useMessages(common);
  return (
    <Stack gap="lg" aria-busy={isOld}>
      {groups.length === 0 ? (
        <Empty title={words.nothingFound}>
          <Text c="dimmed">{words.nothingFoundHint}</Text>
        </Empty>
      ) : (
        groups.map((group) => <FindingList key={group.kind} group={group} />)
      )}
    </Stack>
  );
}

function Start() {
  const m = useMessages(searchMessages);
  return (
    <Empty title={m.startTitle}>
      <Text c="dimmed">{m.startName}</Text>
      <Text c="dimmed">{m.startDigest}</Text>
      <Text c="dimmed">{m.startAnnotation}</Text>
    </Empty>
  );
}
