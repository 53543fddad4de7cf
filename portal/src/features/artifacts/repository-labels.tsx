import { Checkbox, Group, ScrollArea, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, done } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { QueryView } from '../../ui/states.tsx';
import { ColorMark } from '../../ui/values.tsx';
import {
  type ArtifactRow,
  type LabelRow,
  type RepositoryPlace,
  repositoryKey,
  repositoryPath,
  useUsableLabels,
} from './repository-data.ts';
import { commonLabels, labelChanges } from './repository-label-changes.ts';
import { repositoryMessages } from './repository-messages.ts';

interface EditLabelsProps {
  readonly place: RepositoryPlace;
  readonly rows: readonly ArtifactRow[];
  onClose(): void;
}

/** Puts labels on artifacts and takes them off. */
export function EditLabels({ place, rows, onClose }: EditLabelsProps) {
  const m = useMessages(repositoryMessages);
  const client = useQueryClient();
  const [wanted, setWanted] = useState<ReadonlySet<number>>();
  const before = commonLabels(rows);
  const close = () => {
    setWanted(undefined);
    onClose();
  };
  async function save(): Promise<void> {
    try {
      for (const row of rows) await change(place, row, before, wanted ?? before);
    } finally {
      await client.invalidateQueries({ queryKey: repositoryKey(place) });
    }
  }
  return (
    <FormDialog
      title={m.labelsTitle(rows.length)}
      opened={rows.length > 0}
      onClose={close}
      onSubmit={save}
      isIncomplete={wanted === undefined}
    >
      <LabelChoice chosen={wanted ?? before} onChange={setWanted} />
    </FormDialog>
  );
}

async function change(
  place: RepositoryPlace,
  row: ArtifactRow,
  before: ReadonlySet<number>,
  wanted: ReadonlySet<number>,
): Promise<void> {
  const path = { ...repositoryPath(place), reference: row.digest };
  const { added, removed } = labelChanges(row, before, wanted);
  for (const id of added) {
    await done(
      api.POST(
        '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/labels',
        { params: { path }, body: { id } },
      ),
    );
  }
  for (const label_id of removed) {
    await done(
      api.DELETE(
        '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/labels/{label_id}',
        { params: { path: { ...path, label_id } } },
      ),
    );
  }
}

interface LabelChoiceProps {
  readonly chosen: ReadonlySet<number>;
  onChange(chosen: ReadonlySet<number>): void;
}

function LabelChoice({ chosen, onChange }: LabelChoiceProps) {
  const m = useMessages(repositoryMessages);
  const { project } = useProject();
  const [text, setText] = useState('');
  const query = useUsableLabels(project.project_id, true);
  const isLike = ({ name }: LabelRow) => name.toLowerCase().includes(text.trim().toLowerCase());
  function toggle(id: number): void {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  }
  return (
    <QueryView query={query}>
      {(labels) =>
        labels.length === 0 ? (
          <Text size="sm">{m.noLabels}</Text>
        ) : (
          <Stack gap="sm">
            {labels.length > 8 && (
              <TextInput
                type="search"
                label={m.findLabel}
                value={text}
                onChange={(event) => setText(event.currentTarget.value)}
              />
            )}
            <ScrollArea.Autosize mah={320} viewportProps={{ tabIndex: 0 }}>
              <Stack gap="xs">
                {labels.filter(isLike).map((label) => (
                  <Checkbox
                    key={label.id}
                    label={<LabelName label={label} />}
                    checked={chosen.has(label.id)}
                    onChange={() => toggle(label.id)}
                  />
                ))}
              </Stack>
            </ScrollArea.Autosize>
          </Stack>
        )
      }
    </QueryView>
  );
}

function LabelName({ label }: { label: LabelRow }) {
  const m = useMessages(repositoryMessages);
  return (
    <Group gap={6} component="span">
      <ColorMark color={label.color} />
      {label.name}
      <Text span size="xs" c="dimmed">
        {label.scope === 'g' ? m.ofRegistry : m.ofProject}
      </Text>
    </Group>
  );
}
