import { Button, Group, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { Bytes, Time } from '../../ui/values.tsx';
import { chartMessages } from './chart-messages.ts';
import { ChartVersionDialog } from './chart-version-dialog.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { tke } from './tke-api.ts';
import type { Chart, ChartVersion } from './tke-types.ts';
import { sortVersions } from './versions.ts';

/** The versions of a chart, newest first. */
export function ChartVersions({ chart, canDelete }: { chart: Chart; canDelete: boolean }) {
  const m = useMessages(chartMessages);
  const [shown, setShown] = useState<string>();
  const [deleted, setDeleted] = useState<readonly ChartVersion[]>([]);
  const versions = sortVersions(chart.status.versions);
  if (versions.length === 0) return <Text c="dimmed">{m.noVersions}</Text>;
  return (
    <>
      <Table aria-label={`${m.versions}: ${chart.spec.name}`} withRowBorders={false}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{m.version}</Table.Th>
            <Table.Th>{m.appVersion}</Table.Th>
            <Table.Th>{m.size}</Table.Th>
            <Table.Th>{m.pushed}</Table.Th>
            <Table.Th>{m.description}</Table.Th>
            <Table.Td />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {versions.map((each) => (
            <VersionRow
              key={each.version}
              version={each}
              onShow={setShown}
              onDelete={canDelete ? (version) => setDeleted([version]) : undefined}
            />
          ))}
        </Table.Tbody>
      </Table>
      <ChartVersionDialog chart={chart} version={shown} onClose={() => setShown(undefined)} />
      <DeleteDialog
        title={m.deleteVersion}
        text={m.deleteVersionText}
        items={deleted}
        nameOf={({ version = '' }) => m.contentOf(chart.spec.name, version)}
        remove={({ version = '' }) => tke.removeChartVersion(chart, version)}
        onClose={() => setDeleted([])}
      />
    </>
  );
}

interface VersionRowProps {
  readonly version: ChartVersion;
  onShow(version: string): void;
  readonly onDelete: ((version: ChartVersion) => void) | undefined;
}

function VersionRow({ version: row, onShow, onDelete }: VersionRowProps) {
  const m = useMessages(chartMessages);
  const words = useMessages(common);
  const { version = '', appVersion, chartSize, timeCreated, description } = row;
  return (
    <Table.Tr>
      <Table.Td>{version}</Table.Td>
      <Table.Td>{appVersion}</Table.Td>
      <Table.Td>{chartSize === undefined ? '—' : <Bytes value={chartSize} />}</Table.Td>
      <Table.Td>
        <Time value={timeCreated} />
      </Table.Td>
      <Table.Td>{description}</Table.Td>
      <Table.Td>
        <Group gap="xs" justify="end" wrap="nowrap">
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`${m.show}: ${version}`}
            onClick={() => onShow(version)}
          >
            {m.show}
          </Button>
          {onDelete !== undefined && (
            <Button
              size="compact-xs"
              variant="light"
              color="red"
              aria-label={`${words.delete}: ${version}`}
              onClick={() => onDelete(row)}
            >
              {words.delete}
            </Button>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
