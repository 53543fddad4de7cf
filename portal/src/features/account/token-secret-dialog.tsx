import { Alert, Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import type { Answer } from '../../lib/api.ts';
import { basePath } from '../../lib/base.ts';
import { shellQuote } from '../../lib/commands.ts';
import { loginCommand } from '../../lib/login-command.ts';
import { useMessages } from '../../lib/messages.ts';
import { usePreferences } from '../../lib/preferences.ts';
import { useRegistry } from '../../lib/registry.ts';
import type { CurrentUser } from '../../lib/session.ts';
import { Command, CopyButton } from '../../ui/copy.tsx';
import { settingsMessages } from './settings-messages.ts';

interface TokenSecretDialogProps {
  readonly token: Answer<'createCurrentUserToken'>;
  readonly user: CurrentUser;
  onClose(): void;
}

/** Shows a new token, this once. It is left by the button alone, so that no slip loses it. */
export function TokenSecretDialog({ token, user, onClose }: TokenSecretDialogProps) {
  const m = useMessages(settingsMessages);
  const { host, isPlainHttp } = useRegistry();
  const { runtime = 'docker' } = usePreferences();
  const { username } = user;
  const mayUseRegistry = token.scopes.some((scope) => scope.startsWith('registry:'));
  const mayUseApi = token.scopes.some((scope) => scope.startsWith('api:'));
  return (
    <Modal
      title={m.tokenMade(token.name)}
      opened
      onClose={onClose}
      size="lg"
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack>
        <Alert color="yellow">{m.shownOnce}</Alert>
        <Group gap={4} wrap="nowrap">
          <Code block flex={1} tabIndex={0} aria-label={m.token} className="command">
            {token.token}
          </Code>
          <CopyButton value={token.token} label={m.token} />
        </Group>
        {mayUseRegistry && (
          <Stack gap={4}>
            <Text size="sm">{m.loginHow}</Text>
            <Command>{loginCommand(runtime, { host, username, isPlainHttp })}</Command>
          </Stack>
        )}
        {mayUseApi && (
          <Stack gap={4}>
            <Text size="sm">{m.apiHow}</Text>
            <Command>
              {`curl -u ${shellQuote(username)} ${window.location.origin}${basePath}/api/v2.0/projects`}
            </Command>
          </Stack>
        )}
        <Group justify="end">
          <Button onClick={onClose}>{m.understood}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
