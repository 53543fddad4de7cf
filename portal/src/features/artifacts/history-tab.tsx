import { Badge, Code, Group, Stack, Switch, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { Empty, QueryView } from '../../ui/states.tsx';
import { Bytes, Time } from '../../ui/values.tsx';
import { useArtifact } from './artifact-place.ts';
import { type Anatomy, anatomyQuery } from './artifact-queries.ts';
import { contentMessages } from './content-messages.ts';
import { BUILD_STEP, plainCommand } from './layers.ts';
import { artifactMessages } from './messages.ts';
import { PlainTable } from './plain-table.tsx';

type Step = Anatomy['history'][number];

/** How the image was built, step by step. */
export function HistoryTab() {
  const place = useArtifact();
  const query = useQuery(anatomyQuery(place, place.artifact.digest));
  return <QueryView query={query}>{(anatomy) => <History anatomy={anatomy} />}</QueryView>;
}

function History({ anatomy }: { anatomy: Anatomy }) {
  const page = useMessages(artifactMessages);
  const m = useMessages(contentMessages);
  const { history, layers } = anatomy;
  const [isWhole, setWhole] = useState(true);
  const steps = [...history.entries()].filter(([, step]) => isWhole || !step.empty_layer);
  if (history.length === 0) {
    return (
      <Empty title={m.noHistoryTitle}>
        <Text>{m.noHistoryText}</Text>
      </Empty>
    );
  }
  const hasComments = history.some(({ comment = '' }) => comment !== '');
  const columns = ['#', m.step, m.layer, page.created, ...(hasComments ? [m.comment] : [])];
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {m.steps(history.length)}
        </Text>
        <Switch
          label={m.showEmptySteps}
          checked={isWhole}
          onChange={(event) => setWhole(event.currentTarget.checked)}
        />
      </Group>
      <PlainTable label={page.tabHistory} columns={columns} minWidth={700}>
        {steps.map(([index, step]) => (
          <Table.Tr key={index}>
            <Table.Td>{index + 1}</Table.Td>
            <Table.Td maw={640}>
              <Code style={BUILD_STEP}>{plainCommand(step.created_by)}</Code>
            </Table.Td>
            <Table.Td>
              <StepLayer step={step} layers={layers} />
            </Table.Td>
            <Table.Td>{step.created !== undefined && <Time value={step.created} />}</Table.Td>
            {hasComments && <Table.Td>{step.comment}</Table.Td>}
          </Table.Tr>
        ))}
      </PlainTable>
    </Stack>
  );
}

function StepLayer({ step, layers }: { step: Step; layers: Anatomy['layers'] }) {
  const m = useMessages(contentMessages);
  const { layer_index: index, empty_layer: isEmpty } = step;
  const layer = index === undefined ? undefined : layers[index];
  if (layer === undefined || index === undefined) {
    return isEmpty ? (
      <Text span inherit c="dimmed">
        {m.noLayer}
      </Text>
    ) : null;
  }
  return (
    <Group gap="xs" wrap="nowrap">
      <Badge variant="default" tt="none">
        {m.layerNumber(index + 1)}
      </Badge>
      <Bytes value={layer.size} />
    </Group>
  );
}
