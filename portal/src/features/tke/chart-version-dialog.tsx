import { Code, Modal, NativeSelect, Stack, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Busy, QueryView } from '../../ui/states.tsx';
import { chartMessages } from './chart-messages.ts';
import { chartInfoQuery } from './tke-queries.ts';
import type { Chart, ChartInfo } from './tke-types.ts';

const Markdown = lazy(() =>
  import('../../ui/markdown.tsx').then((module) => ({ default: module.Markdown })),
);

interface ChartVersionDialogProps {
  readonly chart: Chart;
  readonly version: string | undefined;
  onClose(): void;
}

/** What is in a version of a chart: README, values, all its files. */
export function ChartVersionDialog({ chart, version, onClose }: ChartVersionDialogProps) {
  const m = useMessages(chartMessages);
  const words = useMessages(common);
  const query = useQuery({
    ...chartInfoQuery(chart, version ?? ''),
    enabled: version !== undefined,
  });
  return (
    <Modal
      title={m.contentOf(chart.spec.name, version ?? '')}
      opened={version !== undefined}
      onClose={onClose}
      size="xl"
      closeButtonProps={{ 'aria-label': words.close }}
    >
      <QueryView query={query}>{(info) => <Content info={info} />}</QueryView>
    </Modal>
  );
}

function Content({ info: { spec } }: { info: ChartInfo }) {
  const m = useMessages(chartMessages);
  const [readme] = Object.values(spec.readme);
  const [values] = Object.values(spec.values);
  return (
    <Tabs defaultValue={readme === undefined ? 'values' : 'readme'} keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="readme">{m.readme}</Tabs.Tab>
        <Tabs.Tab value="values">{m.values}</Tabs.Tab>
        <Tabs.Tab value="files">{m.files}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="readme" pt="md">
        {readme === undefined ? (
          <Text c="dimmed">{m.noReadme}</Text>
        ) : (
          <Suspense fallback={<Busy />}>
            <Markdown text={readme} />
          </Suspense>
        )}
      </Tabs.Panel>
      <Tabs.Panel value="values" pt="md">
        {values === undefined ? (
          <Text c="dimmed">{m.noValues}</Text>
        ) : (
          <FileText text={values} name={m.values} />
        )}
      </Tabs.Panel>
      <Tabs.Panel value="files" pt="md">
        <Files files={spec.rawFiles} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Files({ files }: { files: ChartInfo['spec']['rawFiles'] }) {
  const m = useMessages(chartMessages);
  const paths = Object.keys(files);
  const [chosen, setChosen] = useState(paths[0] ?? '');
  return (
    <Stack gap="sm">
      <NativeSelect
        label={m.file}
        data={paths}
        value={chosen}
        onChange={(event) => setChosen(event.currentTarget.value)}
      />
      <FileText text={files[chosen] ?? ''} name={chosen} />
    </Stack>
  );
}

function FileText({ text, name }: { text: string; name: string }) {
  return (
    <Stack gap={4}>
      <CopyButton value={text} label={name} />
      <Code block className="log" tabIndex={0} aria-label={name} role="region">
        {text}
      </Code>
    </Stack>
  );
}
