import { Group, Stack, Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Answer } from '../../lib/api.ts';
import type { PageSearch } from '../../lib/list-state.ts';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { useRegistry } from '../../lib/registry.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Link } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { isAbsent, QueryView } from '../../ui/states.tsx';
import { RepositoryArtifacts } from './repository-artifacts.tsx';
import { type RepositoryPlace, repositoryKey, useRepository } from './repository-data.ts';
import { DeleteRepository } from './repository-deletion.tsx';
import { RepositoryInfo } from './repository-info.tsx';
import { repositoryMessages } from './repository-messages.ts';
import { RepositorySummary } from './repository-summary.tsx';
import { RepositoryTags } from './repository-tags.tsx';

const TABS = ['tags', 'artifacts', 'info'] as const;

/** A repository: its tags, its artifacts, and what it is. */
export function RepositoryPage({
  project,
  repository,
}: {
  project: Answer<'getProject'>;
  repository: string;
}) {
  const m = useMessages(repositoryMessages);
  const { host } = useRegistry();
  const place: RepositoryPlace = { project: project.name, repository };
  const name = `${project.name}/${repository}`;
  const query = useRepository(place);
  const [tab, choose] = useTab();
  const trail = useTrail(place);
  useLive([`repository:${name}`], [repositoryKey(place)]);
  if (isAbsent(query.error)) throw query.error;
  return (
    <Page
      title={repository}
      heading={
        <Group gap={4} component="span">
          {repository}
          <CopyButton value={`${host}/${name}`} label={m.copyReference} />
        </Group>
      }
      trail={trail}
      actions={query.data !== undefined && <DeleteRepository place={place} row={query.data} />}
    >
      <QueryView query={query}>
        {(row) => (
          <Stack gap="md">
            <RepositorySummary row={row} repository={repository} />
            <Tabs value={tab} onChange={choose} keepMounted={false}>
              <Tabs.List aria-label={m.views}>
                {TABS.map((one) => (
                  <Tabs.Tab key={one} value={one}>
                    {m[one]}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              <Tabs.Panel value="tags" pt="md">
                <RepositoryTags place={place} />
              </Tabs.Panel>
              <Tabs.Panel value="artifacts" pt="md">
                <RepositoryArtifacts place={place} />
              </Tabs.Panel>
              <Tabs.Panel value="info" pt="md">
                <RepositoryInfo place={place} row={row} />
              </Tabs.Panel>
            </Tabs>
          </Stack>
        )}
      </QueryView>
    </Page>
  );
}

function useTrail({ project, repository }: RepositoryPlace) {
  const m = useMessages(repositoryMessages);
  return [
    <Link key="projects" to="/projects">
      {m.projects}
    </Link>,
    <Link key="project" to="/p/$project" params={{ project }}>
      {project}
    </Link>,
    <span key="repository">{repository}</span>,
  ];
}

/** The tab, kept in the address; what was searched for in another goes. */
function useTab() {
  const { tab }: PageSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const current = TABS.find((one) => one === tab) ?? 'tags';
  function choose(value: string | null): void {
    const search: PageSearch = value === null || value === 'tags' ? {} : { tab: value };
    void navigate({ to: '.', search, resetScroll: false });
  }
  return [current, choose] as const;
}
