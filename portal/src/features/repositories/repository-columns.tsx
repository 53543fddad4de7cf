import { Group, Stack, Text } from '@mantine/core';
import type { Answer } from '../../lib/api.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { presentReference, splitRepository } from '../../lib/reference.ts';
import { useRegistry } from '../../lib/registry.ts';
import { ArtifactType } from '../../ui/artifact-type.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { Link } from '../../ui/link.tsx';
import { Bytes, Time } from '../../ui/values.tsx';
import { repositoriesMessages } from './messages.ts';

export type RepositoryRow = Answer<'listRepositories'>[number];

/** What the list of a project's repositories tells of each. */
export function useRepositoryColumns(project: string): readonly Column<RepositoryRow>[] {
  const m = useMessages(repositoriesMessages);
  const format = useFormat();
  return [
    {
      key: 'name',
      title: m.repository,
      sort: 'name',
      isFixed: true,
      render: (row) => <RepositoryName row={row} project={project} />,
    },
    {
      key: 'types',
      title: m.types,
      render: ({ types }) => <Types types={types ?? []} />,
    },
    {
      key: 'latest',
      title: m.latestTag,
      render: (row) => <LatestTag row={row} project={project} />,
    },
    {
      key: 'artifacts',
      title: m.artifacts,
      align: 'right',
      render: ({ artifact_count: count }) => format.number(count),
    },
    {
      key: 'pulls',
      title: m.pulls,
      align: 'right',
      sort: 'pull_count',
      render: ({ pull_count: count }) => format.number(count),
    },
    {
      key: 'size',
      title: m.size,
      align: 'right',
      render: ({ size }) => size !== undefined && <Bytes value={size} />,
    },
    {
      key: 'updated',
      title: m.updated,
      sort: 'update_time',
      render: ({ update_time: time }) => <Time value={time} />,
    },
  ];
}

function RepositoryName({ row, project }: { row: RepositoryRow; project: string }) {
  const m = useMessages(repositoriesMessages);
  const { host } = useRegistry();
  const { repository } = splitRepository(row.name);
  const [firstLine = ''] = (row.description ?? '').replace(/^[#\s]+/, '').split('\n', 1);
  return (
    <Stack gap={0} maw={420}>
      <Group gap={4} wrap="nowrap">
        <Link to="/p/$project/r/$" params={{ project, _splat: repository }} fw={500} inherit>
          {repository}
        </Link>
        <CopyButton value={`${host}/${row.name}`} label={m.copyReference} />
      </Group>
      {firstLine !== '' && (
        <Text size="xs" c="dimmed" truncate>
          {firstLine}
        </Text>
      )}
    </Stack>
  );
}

function Types({ types }: { types: readonly string[] }) {
  return (
    <Group gap={4} wrap="nowrap">
      {types.map((type) => (
        <ArtifactType key={type} type={type} isNamed={types.length === 1} />
      ))}
    </Group>
  );
}

function LatestTag({ row, project }: { row: RepositoryRow; project: string }) {
  const { name, latest_tag: tag } = row;
  if (tag === undefined) return null;
  const reference = presentReference({ repository: splitRepository(name).repository, tag });
  return (
    <Link to="/p/$project/r/$" params={{ project, _splat: reference }} inherit>
      {tag}
    </Link>
  );
}
