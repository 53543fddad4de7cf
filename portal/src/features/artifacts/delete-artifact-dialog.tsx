import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { shortDigest } from '../../lib/reference.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { useArtifact } from './artifact-place.ts';
import { artifactMessages } from './messages.ts';
import { explainRefusal } from './refusal.ts';
import { repositoryKey, repositoryPath } from './repository-data.ts';

interface DeleteArtifactDialogProps {
  readonly title: string;
  /** Undefined: closed. */
  readonly digest: string | undefined;
  onClose(): void;
  /** Called when it is done, before anything is asked anew. */
  onDeleted?(): Promise<void>;
  /** What goes with it. */
  readonly children: ReactNode;
}

/** Asks, then deletes an artifact of the repository; says why if it may not be. */
export function DeleteArtifactDialog(props: DeleteArtifactDialogProps) {
  const { title, digest, onClose, onDeleted, children } = props;
  const words = useMessages(common);
  const m = useMessages(artifactMessages);
  const place = useArtifact();
  const client = useQueryClient();
  async function remove(): Promise<void> {
    if (digest === undefined) return;
    try {
      await done(
        api.DELETE(
          '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}',
          { params: { path: { ...repositoryPath(place), reference: digest } } },
        ),
      );
    } catch (error) {
      throw explainRefusal(error, m);
    }
    notifyDone(m.deleted(shortDigest(digest)));
    await onDeleted?.();
    await client.invalidateQueries({ queryKey: repositoryKey(place) });
  }
  return (
    <ConfirmDialog
      title={title}
      opened={digest !== undefined}
      onClose={onClose}
      onConfirm={remove}
      confirmLabel={words.delete}
    >
      {children}
    </ConfirmDialog>
  );
}
