import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMessages } from '../../lib/messages.ts';
import { shortDigest } from '../../lib/reference.ts';
import { QueryView } from '../../ui/states.tsx';
import { useArtifact } from './artifact-place.ts';
import { anatomyQuery } from './artifact-queries.ts';
import { prettyJson } from './attrs.ts';
import { contentMessages } from './content-messages.ts';
import { Section } from './section.tsx';
import { TextViewer } from './text-viewer.tsx';

/** The manifest as it was pushed, and what is known of the config. */
export function ManifestTab() {
  const m = useMessages(contentMessages);
  const place = useArtifact();
  const { digest, extra_attrs: attrs = {} } = place.artifact;
  const query = useQuery(anatomyQuery(place, digest));
  const name = shortDigest(digest).replace(':', '-');
  return (
    <QueryView query={query}>
      {({ manifest, config = attrs }) => (
        <Stack gap="lg">
          <Section title={m.manifest}>
            <TextViewer
              label={m.manifest}
              text={prettyJson(manifest)}
              fileName={`${name}.manifest.json`}
            />
          </Section>
          {Object.keys(config).length > 0 && (
            <Section title={m.config}>
              <Text size="sm" c="dimmed">
                {m.configHint}
              </Text>
              <TextViewer
                label={m.config}
                text={JSON.stringify(config, null, 2)}
                fileName={`${name}.config.json`}
              />
            </Section>
          )}
        </Stack>
      )}
    </QueryView>
  );
}
