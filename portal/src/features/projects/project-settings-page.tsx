import { Button, Divider, Group, Stack, Switch, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { type Project, useProject } from '../../lib/project.ts';
import { useIsAdmin } from '../../lib/session.ts';
import { useSubmit } from '../../ui/dialog.tsx';
import { Link } from '../../ui/link.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { UsageBar } from '../../ui/values.tsx';
import { DeleteProject } from './delete-project.tsx';
import { projectsMessages } from './messages.ts';
import { isPublic, summaryQuery } from './project-queries.ts';

/** What can be set for a project as a whole, and its end. */
export function ProjectSettingsPage() {
  const { project, permissions } = useProject();
  return (
    <Stack gap="lg" maw={720}>
      <AccessForm
        key={String(isPublic(project))}
        project={project}
        mayChange={permissions.can('configuration', 'update')}
      />
      <Limit project={project} />
      {permissions.can('project', 'delete') && (
        <>
          <Divider />
          <DeleteProject project={project} />
        </>
      )}
    </Stack>
  );
}

function AccessForm({ project, mayChange }: { project: Project; mayChange: boolean }) {
  const m = useMessages(projectsMessages);
  const words = useMessages(common);
  const queryClient = useQueryClient();
  const [wanted, setWanted] = useState(isPublic(project));
  const { submit, isSending, failure } = useSubmit(async () => {
    await done(
      api.PUT('/api/v2.0/projects/{project_name_or_id}', {
        params: { path: { project_name_or_id: String(project.project_id) } },
        body: { metadata: { public: String(wanted) } },
      }),
    );
    notifyDone((wanted ? m.nowPublic : m.nowPrivate)(project.name));
    void queryClient.invalidateQueries({ queryKey: ['projects'] });
    void queryClient.invalidateQueries({ queryKey: ['statistics'] });
    await queryClient.invalidateQueries({ queryKey: ['project', project.name] });
  });
  const isChanged = wanted !== isPublic(project);
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm" align="start">
        <Title order={2} size="h4">
          {m.accessTitle}
        </Title>
        {failure}
        <Switch
          label={m.publicSwitch}
          description={m.publicSwitchHint}
          checked={wanted}
          disabled={!mayChange}
          onChange={(event) => setWanted(event.currentTarget.checked)}
        />
        {mayChange ? (
          <Group gap="xs">
            <Button type="submit" loading={isSending} disabled={!isChanged}>
              {words.save}
            </Button>
            {isChanged && (
              <Button variant="default" onClick={() => setWanted(isPublic(project))}>
                {words.cancel}
              </Button>
            )}
          </Group>
        ) : (
          <Text size="sm" c="dimmed">
            {m.readOnly}
          </Text>
        )}
      </Stack>
    </form>
  );
}

function Limit({ project }: { project: Project }) {
  const m = useMessages(projectsMessages);
  const isAdmin = useIsAdmin();
  const { data } = useQuery(summaryQuery(project));
  if (data?.quota === undefined) return null;
  const { used, hard } = data.quota;
  return (
    <Stack component="section" gap="xs" align="start">
      <Title order={2} size="h4">
        {m.quota}
      </Title>
      <UsageBar used={used.storage} hard={hard.storage} label={m.storage} />
      {isAdmin && (
        <Link to="/admin/quotas" size="sm">
          {m.toQuotas}
        </Link>
      )}
    </Stack>
  );
}
