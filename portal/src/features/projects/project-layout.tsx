import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useLocation, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { RestError } from '../../lib/api.ts';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { usePermissions } from '../../lib/permissions.ts';
import { type Project, ProjectContext, projectQuery } from '../../lib/project.ts';
import { useCurrentUser } from '../../lib/session.ts';
import { Link } from '../../ui/link.tsx';
import { NavTabs } from '../../ui/nav-tabs.tsx';
import { Page } from '../../ui/page.tsx';
import { Failure, SkeletonLines } from '../../ui/states.tsx';
import { UsageBar } from '../../ui/values.tsx';
import { projectsMessages } from './messages.ts';
import { AccessBadge, roleLabel } from './project-badges.tsx';
import { isPublic, summaryQuery } from './project-queries.ts';
import { findTabLabel, tabsFor } from './project-tabs.ts';

/** What all pages of a project have: its heading, its tabs, and what the reader may do in it. */
export function ProjectLayout() {
  const { project: name = '' } = useParams({ strict: false });
  const query = useQuery(projectQuery(name));
  const { data: project, error } = query;
  const trail = useTrail(name);
  // Absent, not allowed, or a login would help: each has a page of its own.
  if (error instanceof RestError && [401, 403, 404].includes(error.status)) throw error;
  if (project !== undefined) return <ProjectFrame project={project} />;
  return (
    <Page title={name} trail={trail}>
      {error === null ? (
        <SkeletonLines />
      ) : (
        <Failure error={error} onRetry={() => void query.refetch()} />
      )}
    </Page>
  );
}

function ProjectFrame({ project }: { project: Project }) {
  const m = useMessages(projectsMessages);
  const { pathname } = useLocation();
  const { project_id: id, name } = project;
  const permissions = usePermissions(id);
  const isSignedIn = useCurrentUser() !== null;
  const place = useMemo(() => ({ project, permissions }), [project, permissions]);
  useLive([`project:${id}`], [['project', name]]);
  const tab = findTabLabel(pathname.slice(`/p/${name}`.length), m);
  return (
    <Page
      title={tab === undefined ? name : `${tab} · ${name}`}
      heading={name}
      trail={useTrail(name)}
      description={<Facts project={project} />}
      actions={<Usage project={project} />}
    >
      {/* The tabs would come one after the other. */}
      {permissions.isPending ? (
        <SkeletonLines />
      ) : (
        <ProjectContext value={place}>
          <NavTabs label={m.tabs} tabs={tabsFor(name, { permissions, isSignedIn }, m)} />
          <Outlet />
        </ProjectContext>
      )}
    </Page>
  );
}

function useTrail(name: string) {
  const m = useMessages(projectsMessages);
  return [
    <Link key="projects" to="/projects">
      {m.title}
    </Link>,
    <Text key="project" c="dimmed">
      {name}
    </Text>,
  ];
}

function Facts({ project }: { project: Project }) {
  const m = useMessages(projectsMessages);
  const role = roleLabel(project.current_user_role_id, m);
  return (
    <Group gap="xs">
      <AccessBadge isPublic={isPublic(project)} />
      {role !== undefined && (
        <Text size="sm" c="dimmed">
          {m.yourRole(role)}
        </Text>
      )}
    </Group>
  );
}

function Usage({ project }: { project: Project }) {
  const m = useMessages(projectsMessages);
  const { data } = useQuery(summaryQuery(project));
  if (data?.quota === undefined) return null;
  const { used, hard } = data.quota;
  return <UsageBar used={used.storage} hard={hard.storage} label={m.storage} />;
}
