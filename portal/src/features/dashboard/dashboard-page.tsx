import { Grid, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { api, one } from '../../lib/api.ts';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { useCurrentUser, useFeature, useIsAdmin } from '../../lib/session.ts';
import { Page } from '../../ui/page.tsx';
import { QueryView } from '../../ui/states.tsx';
import { Alerts } from './alerts.tsx';
import type { Dashboard } from './dashboard.ts';
import { FirstSteps } from './first-steps.tsx';
import { dashboardMessages } from './messages.ts';
import { MyProjects } from './my-projects.tsx';
import { RecentPushes } from './recent-pushes.tsx';
import { Tiles } from './tiles.tsx';

/** The first page: what is new and what is wrong. Others than users of projects start elsewhere. */
export function DashboardPage() {
  const isVisitor = useCurrentUser() === null;
  const hasTenants = useFeature('tke');
  const isAdmin = useIsAdmin();
  if (isVisitor) return <Navigate to="/projects" replace />;
  if (hasTenants && !isAdmin) return <Navigate to="/tke/namespaces" replace />;
  return <News />;
}

function News() {
  const m = useMessages(dashboardMessages);
  const query = useQuery({
    queryKey: ['dashboard'],
    queryFn: ({ signal }) => one(api.GET('/api/v2.0/dashboard', { signal })),
  });
  useLive(['projects'], [['dashboard']]);
  return (
    <Page title={m.title}>
      <QueryView query={query}>{(dashboard) => <Sections dashboard={dashboard} />}</QueryView>
    </Page>
  );
}

function Sections({ dashboard }: { dashboard: Dashboard }) {
  const { statistics, alerts, projects, recent_pushes: pushes } = dashboard;
  return (
    <Stack gap="md">
      <Tiles statistics={statistics} />
      <Alerts alerts={alerts} />
      {pushes.length === 0 && <FirstSteps project={projects[0]?.name} />}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, xl: pushes.length === 0 ? 12 : 5 }}>
          <MyProjects projects={projects} />
        </Grid.Col>
        {pushes.length > 0 && (
          <Grid.Col span={{ base: 12, xl: 7 }}>
            <RecentPushes pushes={pushes} />
          </Grid.Col>
        )}
      </Grid>
    </Stack>
  );
}
