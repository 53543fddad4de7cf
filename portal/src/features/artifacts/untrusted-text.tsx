import { Anchor, Text } from '@mantine/core';
import { findWebAddress } from './attrs.ts';

/** What a stranger wrote: text, or a link if it is the address of a page. */
export function UntrustedText({ children, href }: { children: string; href?: string | undefined }) {
  const address = findWebAddress(href ?? children);
  if (address === undefined) return <span style={{ overflowWrap: 'anywhere' }}>{children}</span>;
  return (
    <Anchor inherit href={address} target="_blank" rel="noopener noreferrer nofollow">
      <Text span inherit style={{ overflowWrap: 'anywhere' }}>
        {children}
      </Text>
    </Anchor>
  );
}
