import type { ReactNode } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { Bytes, Digest, KeyValues, Time } from '../../ui/values.tsx';
import { useArtifact } from './artifact-place.ts';
import type { Artifact } from './artifact-queries.ts';
import { parseImageAttrs } from './attrs.ts';
import { contentMessages } from './content-messages.ts';
import { useKindName } from './kind-icon.tsx';
import { artifactMessages } from './messages.ts';
import { Section } from './section.tsx';
import { TagLinks } from './tag-links.tsx';

type Entry = readonly [string, ReactNode];

/** What the registry knows of any artifact. */
export function ArtifactDetails() {
  const words = useMessages(common);
  const page = useMessages(artifactMessages);
  const m = useMessages(contentMessages);
  const { artifact } = useArtifact();
  const kind = useKindName(artifact);
  const { created, author, platform } = parseImageAttrs(artifact.extra_attrs ?? {});
  const size = (
    <span>
      <Bytes value={artifact.size} /> ({m.sizeHint})
    </span>
  );
  const entries: readonly (Entry | undefined)[] = [
    [page.type, kind],
    [page.tags, <TagLinks key="tags" />],
    [page.size, size],
    platform === undefined ? undefined : [m.platform, platform],
    created === undefined ? undefined : [page.created, <Time key="created" value={created} />],
    author === undefined ? undefined : [m.author, author],
    [page.pushed, <Time key="pushed" value={artifact.push_time} />],
    [page.pulled, <Time key="pulled" value={artifact.pull_time} />],
    [words.digest, <Digest key="digest" value={artifact.digest} />],
    ...useMediaTypes(artifact),
  ];
  return (
    <Section title={m.details}>
      <KeyValues entries={entries.filter((entry) => entry !== undefined)} />
    </Section>
  );
}

/** Of the manifest, of its config, and its own, as far as they differ. */
function useMediaTypes(artifact: Artifact): readonly (Entry | undefined)[] {
  const m = useMessages(contentMessages);
  const { manifest_media_type: manifest, media_type: config, artifact_type: type } = artifact;
  return [
    [m.mediaType, manifest],
    config === undefined || config === manifest ? undefined : [m.configMediaType, config],
    type === undefined || type === config ? undefined : [m.artifactType, type],
  ];
}
