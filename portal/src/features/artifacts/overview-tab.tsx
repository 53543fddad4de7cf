import { SimpleGrid, Stack } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { ArtifactDetails } from './artifact-details.tsx';
import { isIndex } from './artifact-kind.ts';
import { ArtifactLabels } from './artifact-labels.tsx';
import { useArtifact } from './artifact-place.ts';
import { flattenAttrs, parseImageAttrs } from './attrs.ts';
import { ChartFacts } from './chart-facts.tsx';
import { ChildrenTable } from './children-table.tsx';
import { contentMessages } from './content-messages.ts';
import { ImageRuntime } from './image-runtime.tsx';
import { artifactMessages } from './messages.ts';
import { Pairs } from './pairs.tsx';

/** What the artifact is, and what it says of itself. */
export function OverviewTab() {
  const page = useMessages(artifactMessages);
  const m = useMessages(contentMessages);
  const { artifact } = useArtifact();
  const isImage = artifact.type === 'IMAGE' || artifact.type === 'WASM';
  const isChart = artifact.type === 'CHART';
  const attrs = artifact.extra_attrs ?? {};
  const image = parseImageAttrs(attrs);
  return (
    <Stack gap="lg">
      {isIndex(artifact) && <ChildrenTable />}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
        {isChart ? <ChartFacts attrs={attrs} /> : <ArtifactDetails />}
        <Stack gap="lg" miw={0}>
          <ArtifactLabels />
          {isChart && <ArtifactDetails />}
          {isImage && <ImageRuntime image={image} />}
        </Stack>
      </SimpleGrid>
      {isImage && (
        <Pairs title={m.environment} keyTitle={m.variable} pairs={image.env.map(splitVariable)} />
      )}
      {isImage && <Pairs title={m.imageLabels} pairs={image.labels} />}
      <Pairs title={page.annotations} pairs={Object.entries(artifact.annotations ?? {})} />
      {!isImage && !isChart && <Pairs title={m.metadata} pairs={flattenAttrs(attrs)} />}
    </Stack>
  );
}

function splitVariable(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
