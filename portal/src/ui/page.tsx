import { Breadcrumbs, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { type ReactNode, useEffect, useRef } from 'react';

interface PageProps {
  readonly title: string;
  /** In place of the title in the heading, such as with an icon or a copy button. */
  readonly heading?: ReactNode;
  /** Links to what the page belongs to. */
  readonly trail?: readonly ReactNode[];
  readonly description?: ReactNode;
  /** Buttons at the right of the heading. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page: its place, its heading, what can be done, and its content. */
export function Page({ title, heading, trail, description, actions, children }: PageProps) {
  useDocumentTitle(`${title} · Berth`);
  const headingRef = useFocusOnArrival(title);
  return (
    <Stack gap="md">
      {trail !== undefined && <Breadcrumbs component="nav">{trail}</Breadcrumbs>}
      <Group justify="space-between" align="start" wrap="wrap">
        <Stack gap={2} miw={0} flex="1 1 16rem">
          <Title order={1} size="h2" ref={headingRef} tabIndex={-1} className="page-heading">
            {heading ?? title}
          </Title>
          {typeof description === 'string' ? <Text c="dimmed">{description}</Text> : description}
        </Stack>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

let arrivals = 0;

/** A reader of the screen hears the new page's name; the first page is read by itself. */
function useFocusOnArrival(title: string) {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    arrivals += 1;
    if (arrivals > 1 && document.activeElement === document.body) {
      ref.current?.focus({ preventScroll: true });
    }
  }, [title]);
  return ref;
}
