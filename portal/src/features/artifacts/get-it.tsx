import { Box, Group, Paper, SegmentedControl, Select } from '@mantine/core';
import { useState } from 'react';
import { basePath } from '../../lib/base.ts';
import { useMessages } from '../../lib/messages.ts';
import { RUNTIMES, updatePreferences, usePreferences } from '../../lib/preferences.ts';
import { useProject } from '../../lib/project.ts';
import { useRegistry } from '../../lib/registry.ts';
import { useCurrentUser, useFeature, useSystemInfo } from '../../lib/session.ts';
import { Command } from '../../ui/copy.tsx';
import { listWays } from './artifact-kind.ts';
import { useArtifact } from './artifact-place.ts';
import { artifactMessages } from './messages.ts';
import { FILES, HELM_WAYS, type SnippetPlace, snippet, type Way } from './snippets.ts';

/** Characters from which a command has a line for itself. */
const LONG = 72;

/** How to get the artifact: a command, or what to write into a file. */
export function GetIt() {
  const m = useMessages(artifactMessages);
  const { artifact, tag: named, repository } = useArtifact();
  const place = useSnippetPlace();
  const hasIndex = useFeature('charts') && !repository.includes('/');
  const ways = listWays(artifact, hasIndex);
  const { runtime } = usePreferences();
  const [chosen, setChosen] = useState<Way>();
  const way = ways.find((one) => one === (chosen ?? runtime)) ?? ways[0] ?? 'oras';
  const tag = named ?? artifact.tags?.[0]?.name;
  const [by, setBy] = useState(named === undefined ? 'digest' : 'tag');
  const isByTag = tag !== undefined && (by === 'tag' || way === 'helm-repo');
  const text = snippet(way, isByTag ? { ...place, tag } : { ...place, digest: artifact.digest });
  function choose(value: string | null): void {
    const next = ways.find((one) => one === value);
    setChosen(next);
    const client = RUNTIMES.find((one) => one === next);
    if (client !== undefined) updatePreferences({ runtime: client });
  }
  return (
    <Paper withBorder p="sm" component="section" aria-label={m.getIt}>
      <Group align="start" gap="sm">
        <Select
          aria-label={m.getItWith}
          data={useWayOptions(ways)}
          value={way}
          onChange={choose}
          allowDeselect={false}
          w={180}
        />
        {tag !== undefined && way !== 'helm-repo' && (
          <SegmentedControl
            aria-label={m.getItBy}
            data={[
              { value: 'tag', label: m.byTag },
              { value: 'digest', label: m.byDigest },
            ]}
            value={by}
            onChange={setBy}
          />
        )}
        <Box flex={text.length > LONG ? '1 1 100%' : '1 1 22rem'} miw={0} maw="100%">
          <Command label={m.getIt}>{text}</Command>
        </Box>
      </Group>
    </Paper>
  );
}

/** What is the same in all commands. */
function useSnippetPlace(): SnippetPlace {
  const { host, isPlainHttp } = useRegistry();
  const { external_url: external } = useSystemInfo();
  const { project } = useProject();
  const { repository } = useArtifact();
  const user = useCurrentUser();
  const url = (external ?? `${window.location.origin}${basePath}`).replace(/\/$/, '');
  return {
    host,
    url,
    project: project.name,
    repository,
    isPlain: isPlainHttp,
    username: user?.username ?? 'USER',
    isPublic: project.metadata?.['public'] === 'true',
  };
}

function useWayOptions(ways: readonly Way[]) {
  const m = useMessages(artifactMessages);
  const labels: Partial<Record<Way, string>> = {
    'helm-install': m.installChart,
    'helm-pull': m.pullChart,
    'helm-values': m.showValues,
    'helm-repo': m.chartRepository,
    dockerfile: m.dockerfile,
    kubernetes: m.kubernetes,
  };
  const groups: readonly (readonly [string, readonly Way[]])[] = [
    [m.helm, HELM_WAYS],
    [m.clients, RUNTIMES],
    [m.files, FILES],
  ];
  return groups
    .map(([group, members]) => ({
      group,
      items: ways
        .filter((way) => members.includes(way))
        .map((way) => ({ value: way, label: labels[way] ?? way })),
    }))
    .filter(({ items }) => items.length > 0);
}
