import { Button, SegmentedControl, Text } from '@mantine/core';
import { IconTag, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { type ListState, useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { shortDigest } from '../../lib/reference.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { AccessoryList } from './repository-accessories.tsx';
import { useArtifactColumns } from './repository-artifact-columns.tsx';
import { DeleteArtifacts } from './repository-artifact-deletion.tsx';
import { CopyArtifact } from './repository-copy.tsx';
import { type ArtifactRow, type RepositoryPlace, useArtifacts } from './repository-data.ts';
import { LabelFilter, TypeFilter } from './repository-filters.tsx';
import { EditLabels } from './repository-labels.tsx';
import { repositoryMessages } from './repository-messages.ts';

type Dialog = 'delete' | 'labels' | 'copy';

/** The artifacts of a repository, tagged or not, by digest. */
export function RepositoryArtifacts({ place }: { place: RepositoryPlace }) {
  const m = useMessages(repositoryMessages);
  const { permissions } = useProject();
  const list = useListState({ table: 'artifacts', sort: '-push_time' });
  const [dialog, setDialog] = useState<{ is: Dialog; rows: readonly ArtifactRow[] }>();
  const close = () => setDialog(undefined);
  const rowsOf = (is: Dialog) => (dialog?.is === is ? dialog.rows : []);
  const canDelete = permissions.can('artifact', 'delete');
  const canLabel = permissions.can('artifact-label', 'create');
  const columns = useArtifactColumns(place, {
    // To where the reader may push is known by the server alone.
    onCopy: (row) => setDialog({ is: 'copy', rows: [row] }),
    onLabels: canLabel ? (row) => setDialog({ is: 'labels', rows: [row] }) : undefined,
    onDelete: canDelete ? (row) => setDialog({ is: 'delete', rows: [row] }) : undefined,
  });
  return (
    <>
      <DataTable
        label={m.artifacts}
        table="artifacts"
        query={useArtifacts(place, list)}
        list={list}
        columns={columns}
        keyOf={({ digest }) => digest}
        nameOf={({ digest }) => shortDigest(digest)}
        empty={
          <Empty title={m.noArtifactsTitle}>
            <Text c="dimmed">{m.noArtifactsText}</Text>
          </Empty>
        }
        toolbar={<Filters list={list} />}
        renderDetail={(row) => {
          const { accessories } = row;
          if (accessories === null || accessories.length === 0) return undefined;
          return <AccessoryList place={place} of={row} accessories={accessories} />;
        }}
        {...((canDelete || canLabel) && {
          renderBatch: (rows: readonly ArtifactRow[]) => (
            <Batch
              onLabels={canLabel ? () => setDialog({ is: 'labels', rows }) : undefined}
              onDelete={canDelete ? () => setDialog({ is: 'delete', rows }) : undefined}
            />
          ),
        })}
      />
      <DeleteArtifacts place={place} rows={rowsOf('delete')} onClose={close} />
      <EditLabels place={place} rows={rowsOf('labels')} onClose={close} />
      <CopyArtifact place={place} row={rowsOf('copy')[0]} onClose={close} />
    </>
  );
}

function Filters({ list }: { list: ListState }) {
  const m = useMessages(repositoryMessages);
  return (
    <>
      <SearchInput
        label={m.searchArtifacts}
        value={list.filter('name')}
        onChange={(name) => list.setFilter('name', name)}
      />
      <TypeFilter list={list} />
      <LabelFilter list={list} />
      <SegmentedControl
        aria-label={m.taggedState}
        data={[
          { value: '', label: m.all },
          { value: 'tagged', label: m.tagged },
          { value: 'untagged', label: m.onlyUntagged },
        ]}
        value={list.filter('state')}
        onChange={(state) => list.setFilter('state', state)}
      />
    </>
  );
}

interface BatchProps {
  readonly onLabels: (() => void) | undefined;
  readonly onDelete: (() => void) | undefined;
}

function Batch({ onLabels, onDelete }: BatchProps) {
  const m = useMessages(repositoryMessages);
  const words = useMessages(common);
  return (
    <>
      {onLabels !== undefined && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconTag size={14} aria-hidden />}
          onClick={onLabels}
        >
          {m.editLabels}
        </Button>
      )}
      {onDelete !== undefined && (
        <Button
          size="xs"
          color="red"
          variant="light"
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={onDelete}
        >
          {words.delete}
        </Button>
      )}
    </>
  );
}
