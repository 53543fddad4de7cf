import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { Empty, isAbsent, QueryView, SkeletonLines } from '../../ui/states.tsx';
import { useArtifact } from './artifact-place.ts';
import { additionQuery } from './artifact-queries.ts';
import { contentMessages } from './content-messages.ts';

const Markdown = lazy(() =>
  import('../../ui/markdown.tsx').then((module) => ({ default: module.Markdown })),
);

/** The readme of a chart or a model. */
export function ReadmeTab() {
  const m = useMessages(contentMessages);
  const place = useArtifact();
  const query = useQuery(additionQuery(place, place.artifact.digest, 'readme.md'));
  const empty = (
    <Empty title={m.readmeEmptyTitle}>
      <Text>{m.readmeEmptyText}</Text>
    </Empty>
  );
  if (isAbsent(query.error)) return empty;
  return (
    <QueryView query={query}>
      {(text) =>
        text.trim() === '' ? (
          empty
        ) : (
          <Suspense fallback={<SkeletonLines />}>
            <Markdown text={text} />
          </Suspense>
        )
      }
    </QueryView>
  );
}
