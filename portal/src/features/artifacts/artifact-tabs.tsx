import { Badge, ScrollArea, Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { PageSearch } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { AccessoriesTab } from './accessories-tab.tsx';
import { type ArtifactTab, listTabs } from './artifact-kind.ts';
import { useArtifact } from './artifact-place.ts';
import { DependenciesTab } from './dependencies-tab.tsx';
import { FilesTab } from './files-tab.tsx';
import { HistoryTab } from './history-tab.tsx';
import { LayersTab } from './layers-tab.tsx';
import { ManifestTab } from './manifest-tab.tsx';
import { artifactMessages } from './messages.ts';
import { OverviewTab } from './overview-tab.tsx';
import { ReadmeTab } from './readme-tab.tsx';
import { TagsTab } from './tags-tab.tsx';
import { TextTab } from './text-tab.tsx';

/** The parts of an artifact; which one is shown stands in the address. */
export function ArtifactTabs() {
  const m = useMessages(artifactMessages);
  const { artifact } = useArtifact();
  const search: PageSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const tabs = listTabs(artifact);
  const shown = tabs.find((tab) => tab === search['tab']) ?? 'overview';
  const labels = useTabLabels();
  const counts: Partial<Record<ArtifactTab, number>> = {
    tags: artifact.tags?.length ?? 0,
    accessories: artifact.accessories?.length ?? 0,
  };
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (shown === 'overview') return;
    // On a narrow screen it may be beyond the edge.
    const chosen = list.current?.querySelector('[aria-selected="true"]');
    chosen?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [shown]);
  function show(tab: string | null): void {
    // What filters one tab means nothing on another.
    const chosen = tab === null || tab === 'overview' ? {} : { tab };
    void navigate({ to: '.', search: chosen, replace: true, resetScroll: false });
  }
  return (
    <Tabs value={shown} onChange={show} keepMounted={false}>
      <ScrollArea type="never">
        <Tabs.List ref={list} aria-label={m.tabs} style={{ flexWrap: 'nowrap' }}>
          {tabs.map((tab) => (
            <Tabs.Tab
              key={tab}
              value={tab}
              rightSection={<Count value={counts[tab] ?? 0} />}
              style={{ flexShrink: 0 }}
            >
              {labels[tab]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </ScrollArea>
      {tabs.map((tab) => (
        <Tabs.Panel key={tab} value={tab} pt="md">
          <TabContent tab={tab} label={labels[tab]} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

function Count({ value }: { value: number }) {
  if (value === 0) return null;
  return (
    <Badge size="sm" variant="default" radius="xl" miw="fit-content">
      {value}
    </Badge>
  );
}

function useTabLabels(): Readonly<Record<ArtifactTab, string>> {
  const m = useMessages(artifactMessages);
  return {
    overview: m.tabOverview,
    readme: m.tabReadme,
    values: m.tabValues,
    dependencies: m.tabDependencies,
    license: m.tabLicense,
    files: m.tabFiles,
    sbom: m.sbomHarbor,
    layers: m.tabLayers,
    history: m.tabHistory,
    tags: m.tabTags,
    accessories: m.tabAccessories,
    manifest: m.tabManifest,
  };
}

function TabContent({ tab, label }: { tab: ArtifactTab; label: string }) {
  switch (tab) {
    case 'readme':
      return <ReadmeTab />;
    case 'values':
    case 'license':
    case 'sbom':
      return <TextTab tab={tab} label={label} />;
    case 'dependencies':
      return <DependenciesTab />;
    case 'files':
      return <FilesTab />;
    case 'layers':
      return <LayersTab />;
    case 'history':
      return <HistoryTab />;
    case 'tags':
      return <TagsTab />;
    case 'accessories':
      return <AccessoriesTab />;
    case 'manifest':
      return <ManifestTab />;
    case 'overview':
      return <OverviewTab />;
  }
}
