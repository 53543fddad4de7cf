import { Autocomplete, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, done, many, repositoryParam } from '../../lib/api.ts';
import { allOf, contains } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { artifactName } from './repository-artifact-deletion.tsx';
import { type ArtifactRow, type RepositoryPlace, repositoryKey } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';

interface CopyArtifactProps {
  readonly place: RepositoryPlace;
  /** undefined: closed. */
  readonly row: ArtifactRow | undefined;
  onClose(): void;
}

/** Copies an artifact to another repository, of this project or another. */
export function CopyArtifact({ place, row, onClose }: CopyArtifactProps) {
  const m = useMessages(repositoryMessages);
  const client = useQueryClient();
  const [project, setProject] = useState('');
  const [repository, setRepository] = useState(place.repository);
  const target = { project: project.trim(), repository: repository.trim() };
  const isSame = target.project === place.project && target.repository === place.repository;
  async function copy(): Promise<void> {
    await done(
      api.POST('/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts', {
        params: {
          path: {
            project_name: target.project,
            repository_name: repositoryParam(target.repository),
          },
          query: { from: `${place.project}/${place.repository}@${row?.digest}` },
        },
      }),
    );
    notifyDone(m.copyDone(`${target.project}/${target.repository}`));
    await client.invalidateQueries({ queryKey: repositoryKey(target) });
    await client.invalidateQueries({ queryKey: ['repositories', target.project] });
  }
  return (
    <FormDialog
      title={m.copyTitle}
      opened={row !== undefined}
      onClose={onClose}
      onSubmit={copy}
      submitLabel={m.copySubmit}
      isIncomplete={target.project === '' || target.repository === '' || isSame}
    >
      <Text size="sm">{m.copyText(row === undefined ? '' : artifactName(row))}</Text>
      <ProjectField value={project} onChange={setProject} />
      <TextInput
        label={m.targetRepository}
        value={repository}
        onChange={(event) => setRepository(event.currentTarget.value)}
        required
      />
      <Text size="sm" c="dimmed">
        {m.copyTags}
      </Text>
    </FormDialog>
  );
}

interface ProjectFieldProps {
  readonly value: string;
  onChange(value: string): void;
}

/** A project by name; those that the reader may see are offered. */
function ProjectField({ value, onChange }: ProjectFieldProps) {
  const m = useMessages(repositoryMessages);
  const [asked] = useDebouncedValue(value.trim(), 200);
  const q = allOf(contains('name', asked));
  const { data } = useQuery({
    queryKey: ['projects', 'offered', asked],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/projects', {
          params: {
            query: {
              page_size: 10,
              sort: 'name',
              with_detail: false,
              ...(q !== undefined && { q }),
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  return (
    <Autocomplete
      label={m.targetProject}
      data={(data?.items ?? []).map(({ name }) => name)}
      filter={({ options }) => options}
      value={value}
      onChange={onChange}
      required
      data-autofocus
    />
  );
}
