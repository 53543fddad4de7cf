import { List, Text } from '@mantine/core';
import { loginCommand } from '../../lib/login-command.ts';
import { useMessages } from '../../lib/messages.ts';
import { usePreferences } from '../../lib/preferences.ts';
import { useRegistry } from '../../lib/registry.ts';
import { useCurrentUser } from '../../lib/session.ts';
import { Command } from '../../ui/copy.tsx';
import { Link, LinkButton } from '../../ui/link.tsx';
import { dashboardMessages } from './messages.ts';
import { Panel } from './panel.tsx';

/** Where nothing is yet: how something comes in. @param project one that the reader is a member of */
export function FirstSteps({ project }: { project: string | undefined }) {
  const m = useMessages(dashboardMessages);
  const { host, isPlainHttp } = useRegistry();
  const { runtime = 'docker' } = usePreferences();
  const username = useCurrentUser()?.username ?? 'admin';
  return (
    <Panel title={m.noPushes}>
      <Text size="sm">{m.firstSteps}</Text>
      <List type="ordered" size="sm" spacing="xs">
        <List.Item>
          {m.stepProject}{' '}
          <Link to="/projects" inherit underline="always">
            {m.toProjects}
          </Link>
        </List.Item>
        <List.Item styles={{ itemWrapper: { width: '100%' }, itemLabel: { width: '100%' } }}>
          {m.stepLogin}
          <Command>{loginCommand(runtime, { host, username, isPlainHttp })}</Command>
        </List.Item>
        <List.Item>
          {m.stepPush} {m.stepHint}
        </List.Item>
      </List>
      {project !== undefined && (
        <div>
          <LinkButton to="/p/$project" params={{ project }} size="xs">
            {m.toProject(project)}
          </LinkButton>
        </div>
      )}
    </Panel>
  );
}
