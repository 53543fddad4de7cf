import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api, done, repositoryParam } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { shortDigest, splitRepository } from '../../lib/reference.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import type { DeletedRow } from './deleted-columns.tsx';
import { repositoriesMessages } from './messages.ts';

/** Asks, then brings deleted artifacts back. */
export function RestoreArtifacts({
  rows,
  onClose,
}: {
  rows: readonly DeletedRow[];
  onClose(): void;
}) {
  const m = useMessages(repositoriesMessages);
  const { restore } = useMessages(common);
  const { project } = useProject();
  const client = useQueryClient();
  async function bringBack(): Promise<void> {
    await runBatch({
      title: m.restoring,
      items: rows,
      nameOf,
      run: ({ repository_name: name, digest }) =>
        done(
          api.POST(
            '/api/v2.0/projects/{project_name}/repositories/{repository_name}/deleted-artifacts/{digest}/restore',
            {
              params: {
                path: {
                  project_name: project.name,
                  repository_name: repositoryParam(splitRepository(name).repository),
                  digest,
                },
              },
            },
          ),
        ),
    });
    await client.invalidateQueries({ queryKey: ['deleted-artifacts', project.name] });
    await client.invalidateQueries({ queryKey: ['repositories', project.name] });
  }
  return (
    <ConfirmDialog
      title={m.restoreTitle(rows.length)}
      opened={rows.length > 0}
      onClose={onClose}
      onConfirm={bringBack}
      confirmLabel={restore}
      isDangerous={false}
    >
      <NameList names={rows.map(nameOf)} />
      <Text size="sm">{m.restoreText}</Text>
    </ConfirmDialog>
  );
}

function nameOf({ repository_name: name, digest, tags }: DeletedRow): string {
  const place = `${name}@${shortDigest(digest)}`;
  return tags.length === 0 ? place : `${place} (${tags.slice(0, 5).join(', ')})`;
}
