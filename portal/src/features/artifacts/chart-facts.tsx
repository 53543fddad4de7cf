import { Alert, Badge, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { KeyValues } from '../../ui/values.tsx';
import { type Attrs, type ChartAttrs, parseChartAttrs } from './attrs.ts';
import { contentMessages } from './content-messages.ts';
import { Section } from './section.tsx';
import { UntrustedText } from './untrusted-text.tsx';

/** What a chart says of itself in its `Chart.yaml`. */
export function ChartFacts({ attrs }: { attrs: Attrs }) {
  const m = useMessages(contentMessages);
  const chart = parseChartAttrs(attrs);
  return (
    <Section title={m.chart}>
      {chart.isDeprecated && (
        <Alert color="yellow" role="note">
          {m.chartDeprecated}
        </Alert>
      )}
      {chart.description !== undefined && <Text>{chart.description}</Text>}
      <KeyValues entries={useEntries(chart)} />
    </Section>
  );
}

function useEntries(chart: ChartAttrs): readonly (readonly [string, ReactNode])[] {
  const m = useMessages(contentMessages);
  const texts: readonly (readonly [string, string | undefined])[] = [
    [m.version, chart.version],
    [m.appVersion, chart.appVersion],
    [m.kubeVersion, chart.kubeVersion],
    [m.chartType, chart.type],
    [m.home, chart.home],
  ];
  const told = texts.flatMap(([title, text]): (readonly [string, ReactNode])[] =>
    text === undefined ? [] : [[title, <UntrustedText key={title}>{text}</UntrustedText>]],
  );
  return [
    ...told,
    ...(chart.sources.length === 0
      ? []
      : [[m.sources, <Lines key="sources" lines={chart.sources} />] as const]),
    ...(chart.maintainers.length === 0
      ? []
      : [[m.maintainers, <Maintainers key="maintainers" chart={chart} />] as const]),
    ...(chart.keywords.length === 0
      ? []
      : [[m.keywords, <Keywords key="keywords" words={chart.keywords} />] as const]),
  ];
}

function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <Stack gap={2}>
      {lines.map((line, index) => (
        <div key={`${index} ${line}`}>
          <UntrustedText>{line}</UntrustedText>
        </div>
      ))}
    </Stack>
  );
}

function Maintainers({ chart }: { chart: ChartAttrs }) {
  return (
    <Stack gap={2}>
      {chart.maintainers.map(({ name, email, url }, index) => (
        <div key={`${index} ${name}`}>
          <UntrustedText href={url ?? ''}>{name}</UntrustedText>
          {email !== undefined && email !== name && ` <${email}>`}
        </div>
      ))}
    </Stack>
  );
}

function Keywords({ words }: { words: readonly string[] }) {
  return (
    <Group gap={4}>
      {words.map((word, index) => (
        <Badge key={`${index} ${word}`} variant="default" tt="none">
          {word}
        </Badge>
      ))}
    </Group>
  );
}
