import { ActionIcon, Group, Table, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { api, many } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { shortDigest } from '../../lib/reference.ts';
import { QueryView } from '../../ui/states.tsx';
import { Bytes, Time } from '../../ui/values.tsx';
import { useArtifact } from './artifact-place.ts';
import type { Accessory } from './artifact-queries.ts';
import { artifactMessages } from './messages.ts';
import { PlainTable } from './plain-table.tsx';
import { DigestLink } from './repository-cells.tsx';
import { repositoryKey, repositoryPath } from './repository-data.ts';

interface AccessoryTreeProps {
  readonly label: string;
  readonly accessories: readonly Accessory[];
  onDelete(accessory: Accessory): void;
}

/** Accessories, each with those of its own below it once it is opened. */
export function AccessoryTree({ label, accessories, onDelete }: AccessoryTreeProps) {
  const words = useMessages(common);
  const m = useMessages(artifactMessages);
  return (
    <PlainTable
      label={label}
      columns={[m.type, words.digest, m.size, m.created, words.actions]}
      minWidth={680}
    >
      {accessories.map((accessory) => (
        <Branch key={accessory.id} accessory={accessory} depth={0} onDelete={onDelete} />
      ))}
    </PlainTable>
  );
}

interface BranchProps {
  readonly accessory: Accessory;
  readonly depth: number;
  onDelete(accessory: Accessory): void;
}

function Branch({ accessory, depth, onDelete }: BranchProps) {
  const words = useMessages(common);
  const m = useMessages(artifactMessages);
  const { permissions } = useProject();
  const place = useArtifact();
  const [isOpen, setOpen] = useState(false);
  const kind = useAccessoryName(accessory.type);
  const name = `${kind} ${shortDigest(accessory.digest)}`;
  return (
    <Fragment>
      <Table.Tr>
        <Table.Td pl={`calc(var(--mantine-spacing-lg) * ${depth})`}>
          <Group gap={4} wrap="nowrap">
            <UnstyledButton
              className="expand-button"
              aria-label={m.accessoriesOf(name)}
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            >
              {isOpen ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
            </UnstyledButton>
            {kind}
          </Group>
        </Table.Td>
        <Table.Td>
          <DigestLink place={place} digest={accessory.digest} />
        </Table.Td>
        <Table.Td>
          <Bytes value={accessory.size} />
        </Table.Td>
        <Table.Td>
          <Time value={accessory.creation_time} />
        </Table.Td>
        <Table.Td>
          {permissions.can('artifact', 'delete') && (
            <Tooltip label={words.delete}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`${words.delete}: ${name}`}
                onClick={() => onDelete(accessory)}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Tooltip>
          )}
        </Table.Td>
      </Table.Tr>
      {isOpen && <Twigs accessory={accessory} depth={depth + 1} onDelete={onDelete} />}
    </Fragment>
  );
}

function Twigs({ accessory, depth, onDelete }: BranchProps) {
  const m = useMessages(artifactMessages);
  const place = useArtifact();
  const { digest } = accessory;
  const query = useQuery({
    queryKey: [...repositoryKey(place), 'accessories', digest],
    queryFn: ({ signal }) =>
      many(
        api.GET(
          '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/accessories',
          {
            params: {
              path: { ...repositoryPath(place), reference: digest },
              query: { page_size: 100 },
            },
            signal,
          },
        ),
      ),
  });
  if (query.data === undefined) {
    return (
      <Table.Tr>
        <Table.Td colSpan={5}>
          <QueryView query={query}>{() => null}</QueryView>
        </Table.Td>
      </Table.Tr>
    );
  }
  const { items, total } = query.data;
  const note = items.length === 0 ? m.noAccessories : m.moreAccessories(total - items.length);
  return (
    <>
      {items.map((twig) => (
        <Branch key={twig.id} accessory={twig} depth={depth} onDelete={onDelete} />
      ))}
      {(items.length === 0 || items.length < total) && (
        <Table.Tr>
          <Table.Td colSpan={5} pl={`calc(var(--mantine-spacing-lg) * ${depth + 1})`}>
            <Text size="sm" c="dimmed">
              {note}
            </Text>
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

function useAccessoryName(type: string): string {
  const m = useMessages(artifactMessages);
  const names: Readonly<Record<string, string>> = {
    'signature.cosign': m.signatureCosign,
    'signature.notation': m.signatureNotation,
    'sbom.harbor': m.sbomHarbor,
    'accelerator.nydus': m.acceleratorNydus,
    'subject.accessory': m.attached,
  };
  return names[type] ?? type;
}
