import { Code, Progress, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { Empty, QueryView } from '../../ui/states.tsx';
import { Bytes, Digest, Time } from '../../ui/values.tsx';
import { useArtifact } from './artifact-place.ts';
import { type Anatomy, anatomyQuery } from './artifact-queries.ts';
import { contentMessages } from './content-messages.ts';
import { BUILD_STEP, distinctSize, plainCommand } from './layers.ts';
import { artifactMessages } from './messages.ts';
import { PlainTable } from './plain-table.tsx';

type Layer = Anatomy['layers'][number];

/** What the artifact is stacked from, and which part takes the room. */
export function LayersTab() {
  const place = useArtifact();
  const query = useQuery(anatomyQuery(place, place.artifact.digest));
  return <QueryView query={query}>{({ layers }) => <Layers layers={layers} />}</QueryView>;
}

function Layers({ layers }: { layers: readonly Layer[] }) {
  const page = useMessages(artifactMessages);
  const m = useMessages(contentMessages);
  const format = useFormat();
  const total = distinctSize(layers);
  if (layers.length === 0) {
    return (
      <Empty title={m.noLayersTitle}>
        <Text>{m.noLayersText}</Text>
      </Empty>
    );
  }
  const hasTitles = layers.some(({ title }) => title !== undefined);
  const made = hasTitles ? m.layerTitle : m.layerCommand;
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {m.layersTotal(layers.length, format.bytes(total))}
      </Text>
      <PlainTable
        label={page.tabLayers}
        columns={['#', made, page.size, m.layer, m.mediaType, page.created]}
        minWidth={900}
      >
        {layers.map((layer, index) => (
          <LayerRow key={`${index} ${layer.digest}`} layer={layer} number={index + 1} of={total} />
        ))}
      </PlainTable>
    </Stack>
  );
}

function LayerRow({ layer, number, of }: { layer: Layer; number: number; of: number }) {
  const m = useMessages(contentMessages);
  const format = useFormat();
  const { digest, media_type: mediaType, size, command, created, title } = layer;
  const part = of === 0 ? 0 : size / of;
  const made = title ?? (command === undefined ? '' : plainCommand(command));
  return (
    <Table.Tr>
      <Table.Td>{number}</Table.Td>
      <Table.Td maw={480}>{made !== '' && <Code style={BUILD_STEP}>{made}</Code>}</Table.Td>
      <Table.Td miw={120}>
        <Stack gap={4}>
          <Bytes value={size} />
          <Progress value={part * 100} size="sm" aria-label={m.shareOfSize(format.percent(part))} />
        </Stack>
      </Table.Td>
      <Table.Td>
        <Digest value={digest} />
      </Table.Td>
      <Table.Td fz="xs" maw={220} style={{ overflowWrap: 'anywhere' }}>
        {mediaType}
      </Table.Td>
      <Table.Td>{created !== undefined && <Time value={created} />}</Table.Td>
    </Table.Tr>
  );
}
