import { NativeSelect, Select } from '@mantine/core';
import { useState } from 'react';
import type { ListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { useArtifactTypeName } from '../../ui/artifact-type.tsx';
import { useUsableLabels } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';

const TYPES = ['IMAGE', 'CHART', 'CNAB', 'WASM', 'CNAI', 'SBOM', 'UNKNOWN'] as const;

/** Only artifacts of a kind. */
export function TypeFilter({ list }: { list: ListState }) {
  const m = useMessages(repositoryMessages);
  const nameOf = useArtifactTypeName();
  const chosen = list.filter('type');
  const types = [...new Set([...TYPES, chosen])].filter((type) => type !== '');
  return (
    <NativeSelect
      aria-label={m.type}
      data={[
        { value: '', label: m.anyType },
        ...types.map((type) => ({ value: type, label: nameOf(type) })),
      ]}
      value={chosen}
      onChange={(event) => list.setFilter('type', event.currentTarget.value)}
    />
  );
}

/** Only artifacts with a label; the labels are asked for when the list is opened. */
export function LabelFilter({ list }: { list: ListState }) {
  const m = useMessages(repositoryMessages);
  const { project } = useProject();
  const [isWanted, setWanted] = useState(false);
  const chosen = list.filter('label');
  const { data = [] } = useUsableLabels(project.project_id, isWanted || chosen !== '');
  return (
    <Select
      aria-label={m.label}
      placeholder={m.anyLabel}
      data={data.map(({ id, name, scope }) => ({
        value: String(id),
        label: scope === 'g' ? `${name} (${m.ofRegistry})` : name,
      }))}
      value={chosen === '' ? null : chosen}
      onChange={(value) => list.setFilter('label', value ?? '')}
      onDropdownOpen={() => setWanted(true)}
      nothingFoundMessage={m.noLabels}
      searchable
      clearable
      w={180}
    />
  );
}
