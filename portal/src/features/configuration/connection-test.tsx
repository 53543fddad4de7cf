import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { describeError } from '../../lib/describe-error.ts';
import { useLocale, useMessages } from '../../lib/messages.ts';
import { configurationMessages } from './messages.ts';

interface ConnectionTestProps {
  /** Returns why it does not work; undefined when it does. May throw. */
  onTest(): Promise<string | undefined>;
  readonly isDisabled: boolean;
}

export function ConnectionTest({ onTest, isDisabled }: ConnectionTestProps) {
  const m = useMessages(configurationMessages);
  const locale = useLocale();
  const [isTesting, setTesting] = useState(false);
  const [outcome, setOutcome] = useState<{ readonly fault: string | undefined }>();
  async function run(): Promise<void> {
    setTesting(true);
    setOutcome(undefined);
    try {
      setOutcome({ fault: await onTest() });
    } catch (error) {
      setOutcome({ fault: describeError(error, locale).message });
    } finally {
      setTesting(false);
    }
  }
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Button
          variant="default"
          loading={isTesting}
          disabled={isDisabled}
          onClick={() => void run()}
        >
          {m.test}
        </Button>
        <Text size="sm" c="dimmed">
          {m.testHint}
        </Text>
      </Group>
      {outcome !== undefined && (
        <Alert
          color={outcome.fault === undefined ? 'green' : 'red'}
          title={outcome.fault === undefined ? m.testWorks : m.testFails}
          role="status"
        >
          {outcome.fault}
        </Alert>
      )}
    </Stack>
  );
}
