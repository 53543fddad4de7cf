import { Accordion, ActionIcon, Group, Stack, Switch, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { GrantFields } from './grant-fields.tsx';
import { robotsMessages } from './messages.ts';
import type { Permission } from './permission-set.ts';
import { ProjectPicker } from './project-picker.tsx';
import { ALL_PROJECTS, createGrant, type GrantDraft } from './robot-draft.ts';

interface ProjectGrantsProps {
  readonly catalogue: readonly Permission[];
  readonly value: readonly GrantDraft[];
  onChange(value: readonly GrantDraft[]): void;
}

/** What a robot of the registry may do in projects: in all, in some, or both. */
export function ProjectGrants({ catalogue, value, onChange }: ProjectGrantsProps) {
  const m = useMessages(robotsMessages);
  const [open, setOpen] = useState<string | null>(value[0]?.key ?? null);
  const ofAll = value.some(({ namespace }) => namespace === ALL_PROJECTS);
  function add(namespace: string): void {
    // Most robots may do the same in all their projects.
    const grant = createGrant(namespace, value.at(-1)?.allowed ?? new Set(['repository:pull']));
    onChange(namespace === ALL_PROJECTS ? [grant, ...value] : [...value, grant]);
    setOpen(grant.key);
  }
  return (
    <Stack gap="sm">
      <Group align="end" justify="space-between">
        <Switch
          label={m.allProjects}
          description={m.allProjectsHint}
          checked={ofAll}
          onChange={() =>
            ofAll
              ? onChange(value.filter(({ namespace }) => namespace !== ALL_PROJECTS))
              : add(ALL_PROJECTS)
          }
        />
        <ProjectPicker chosen={value.map(({ namespace }) => namespace)} onPick={add} />
      </Group>
      <Accordion variant="separated" order={3} value={open} onChange={setOpen}>
        {value.map((grant) => (
          <GrantItem
            key={grant.key}
            grant={grant}
            catalogue={catalogue}
            onChange={(changed) =>
              onChange(value.map((one) => (one.key === grant.key ? changed : one)))
            }
            onRemove={() => onChange(value.filter(({ key }) => key !== grant.key))}
          />
        ))}
      </Accordion>
    </Stack>
  );
}

interface GrantItemProps {
  readonly grant: GrantDraft;
  readonly catalogue: readonly Permission[];
  onChange(grant: GrantDraft): void;
  onRemove(): void;
}

function GrantItem({ grant, catalogue, onChange, onRemove }: GrantItemProps) {
  const m = useMessages(robotsMessages);
  const name = grant.namespace === ALL_PROJECTS ? m.allProjects : grant.namespace;
  return (
    <Accordion.Item value={grant.key}>
      <Group gap={4} wrap="nowrap" pr="xs">
        <Accordion.Control>
          <Group gap="xs">
            <Text fw={500}>{name}</Text>
            <Text size="sm" c="dimmed">
              {m.permissionCount(grant.allowed.size + grant.denied.length)}
            </Text>
          </Group>
        </Accordion.Control>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={m.removeProject(name)}
          onClick={onRemove}
        >
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
      <Accordion.Panel>
        <GrantFields
          label={`${m.projectPermissions}: ${name}`}
          catalogue={catalogue}
          value={grant}
          onChange={onChange}
        />
      </Accordion.Panel>
    </Accordion.Item>
  );
}
