import {
  Alert,
  Button,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { shellQuote } from '../../lib/commands.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { Command } from '../../ui/copy.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { apiKeyMessages } from './api-key-messages.ts';
import { tke } from './tke-api.ts';
import { sysinfoQuery } from './tke-queries.ts';
import type { ApiKey } from './tke-types.ts';

const DAYS = [1, 7, 30, 90, 365] as const;
const OTHER = 'other';
const MAX_HOURS = 876_000;

interface ApiKeyDialogProps {
  onMade(key: ApiKey): void;
  onClose(): void;
}

/** Asks for what a new key is for, and how long. */
export function ApiKeyDialog({ onMade, onClose }: ApiKeyDialogProps) {
  const m = useMessages(apiKeyMessages);
  const client = useQueryClient();
  const [description, setDescription] = useState('');
  const [days, setDays] = useState('30');
  const [hours, setHours] = useState<number | string>(24);
  const wanted = days === OTHER ? hours : Number(days) * 24;
  const isRight = Number.isInteger(wanted) && Number(wanted) >= 1 && Number(wanted) <= MAX_HOURS;
  async function make(): Promise<void> {
    const made = await tke.createApiKey({ expire: `${wanted}h`, description });
    onMade(made);
    await client.invalidateQueries({ queryKey: ['tke', 'apikeys'] });
  }
  return (
    <FormDialog title={m.create} opened onClose={onClose} onSubmit={make} isIncomplete={!isRight}>
      <TextInput
        label={m.description}
        description={m.descriptionHint}
        value={description}
        maxLength={1024}
        onChange={(event) => setDescription(event.currentTarget.value)}
        data-autofocus
      />
      <Select
        label={m.validFor}
        data={[
          ...DAYS.map((count) => ({ value: String(count), label: m.days(count) })),
          { value: OTHER, label: m.ownHours },
        ]}
        value={days}
        allowDeselect={false}
        onChange={(value) => setDays(value ?? '30')}
      />
      {days === OTHER && (
        <NumberInput
          label={m.hours}
          value={hours}
          allowDecimal={false}
          min={1}
          max={MAX_HOURS}
          error={isRight ? undefined : m.badHours}
          onChange={setHours}
        />
      )}
    </FormDialog>
  );
}

/** Shows a new key, once. */
export function MadeKeyDialog({ made, onClose }: { made: ApiKey; onClose: () => void }) {
  const { spec } = made;
  const m = useMessages(apiKeyMessages);
  const words = useMessages(common);
  const host = useQuery(sysinfoQuery).data?.registry.guidance.registry;
  const user = shellQuote(spec.username);
  return (
    <Modal
      title={m.madeTitle}
      opened
      onClose={onClose}
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': words.close }}
    >
      <Stack>
        <Alert color="yellow" role="status">
          {m.madeText}
        </Alert>
        <Command label={m.key}>{spec.apiKey}</Command>
        {host !== undefined && (
          <Stack gap={4}>
            <Text size="sm" fw={600}>
              {m.logIn}
            </Text>
            <Command label={m.logIn}>{`docker login -u ${user} ${host}`}</Command>
          </Stack>
        )}
        <Group justify="end">
          <Button onClick={onClose}>{m.done}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
