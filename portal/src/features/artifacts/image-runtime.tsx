import { Code } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { KeyValues } from '../../ui/values.tsx';
import type { ImageAttrs } from './attrs.ts';
import { contentMessages } from './content-messages.ts';
import { Section } from './section.tsx';

/** How a container of the image runs. */
export function ImageRuntime({ image }: { image: ImageAttrs }) {
  const m = useMessages(contentMessages);
  const rows: readonly (readonly [string, readonly string[]])[] = [
    [m.entrypoint, image.entrypoint],
    [m.command, image.cmd],
    [m.user, image.user === undefined ? [] : [image.user]],
    [m.workingDir, image.workingDir === undefined ? [] : [image.workingDir]],
    [m.ports, image.ports],
    [m.volumes, image.volumes],
    [m.stopSignal, image.stopSignal === undefined ? [] : [image.stopSignal]],
  ];
  const said = rows.filter(([, values]) => values.length > 0);
  if (said.length === 0) return null;
  return (
    <Section title={m.runtime}>
      <KeyValues
        entries={said.map(([title, values]): readonly [string, ReactNode] => [
          title,
          <Words key={title} values={values} />,
        ])}
      />
    </Section>
  );
}

function Words({ values }: { values: readonly string[] }) {
  return values.map((value, index) => (
    <span key={`${index} ${value}`}>
      {index > 0 && ' '}
      <Code>{value}</Code>
    </span>
  ));
}
