import { useState } from 'react';
import { AddTagDialog } from './add-tag-dialog.tsx';
import { useArtifact } from './artifact-place.ts';
import { ArtifactTagTable } from './artifact-tag-table.tsx';
import type { Tag } from './artifact-tags.ts';
import { DeleteTagsDialog } from './delete-tags-dialog.tsx';
import { TagHistory } from './repository-tag-history.tsx';

/** The names that the artifact has, and may be given. */
export function TagsTab() {
  const place = useArtifact();
  const [isAdding, setAdding] = useState(false);
  const [doomed, setDoomed] = useState<readonly Tag[]>([]);
  const [past, setPast] = useState<string>();
  return (
    <>
      <ArtifactTagTable onAdd={() => setAdding(true)} onDelete={setDoomed} onHistory={setPast} />
      <AddTagDialog opened={isAdding} onClose={() => setAdding(false)} />
      <DeleteTagsDialog tags={doomed} onClose={() => setDoomed([])} />
      <TagHistory place={place} tag={past} onClose={() => setPast(undefined)} />
    </>
  );
}
