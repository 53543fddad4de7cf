import { useQuery } from '@tanstack/react-query';
import { QueryView } from '../../ui/states.tsx';
import { useArtifact } from './artifact-place.ts';
import { additionQuery } from './artifact-queries.ts';
import { prettyJson } from './attrs.ts';
import { TextViewer } from './text-viewer.tsx';

const FILES = {
  values: { addition: 'values.yaml', fileName: 'values.yaml' },
  license: { addition: 'license', fileName: 'LICENSE' },
  sbom: { addition: 'sbom', fileName: 'sbom.json' },
} as const;

/** A document of the artifact that is shown as text. */
export function TextTab({ tab, label }: { tab: keyof typeof FILES; label: string }) {
  const place = useArtifact();
  const { addition, fileName } = FILES[tab];
  const query = useQuery(additionQuery(place, place.artifact.digest, addition));
  return (
    <QueryView query={query}>
      {(text) => (
        <TextViewer
          label={label}
          text={tab === 'sbom' ? prettyJson(text) : text}
          fileName={fileName}
        />
      )}
    </QueryView>
  );
}
