import { Table } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { shortDigest } from '../../lib/reference.ts';
import { Bytes, Time } from '../../ui/values.tsx';
import { artifactMessages } from './messages.ts';
import { DigestLink } from './repository-cells.tsx';
import type { ArtifactRow, RepositoryPlace } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';

type Accessory = NonNullable<ArtifactRow['accessories']>[number];

interface AccessoryListProps {
  readonly place: RepositoryPlace;
  readonly of: ArtifactRow;
  readonly accessories: readonly Accessory[];
}

/** What hangs on an artifact, such as its signatures; each has a page of its own with more. */
export function AccessoryList({ place, of, accessories }: AccessoryListProps) {
  const m = useMessages(repositoryMessages);
  const { digest } = useMessages(common);
  const names = useAccessoryNames();
  return (
    <Table
      aria-label={m.accessoriesOf(shortDigest(of.digest))}
      verticalSpacing={4}
      w="auto"
      ml="xl"
    >
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{m.accessoryType}</Table.Th>
          <Table.Th>{digest}</Table.Th>
          <Table.Th ta="right">{m.size}</Table.Th>
          <Table.Th>{m.created}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {accessories.map(({ id, type, digest: own, size, creation_time: time }) => (
          <Table.Tr key={id}>
            <Table.Td>{names[type] ?? type}</Table.Td>
            <Table.Td>
              <DigestLink place={place} digest={own} />
            </Table.Td>
            <Table.Td ta="right">
              <Bytes value={size} />
            </Table.Td>
            <Table.Td>
              <Time value={time} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function useAccessoryNames(): Readonly<Record<string, string>> {
  const m = useMessages(artifactMessages);
  return {
    'signature.cosign': m.signatureCosign,
    'signature.notation': m.signatureNotation,
    'sbom.harbor': m.sbomHarbor,
    'accelerator.nydus': m.acceleratorNydus,
    'subject.accessory': m.attached,
  };
}
