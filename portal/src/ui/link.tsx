import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

type Html = AnchorHTMLAttributes<HTMLAnchorElement>;
interface LinkAnchorProps extends Omit<AnchorProps, 'href'>, Omit<Html, keyof AnchorProps> {
  readonly ref?: Ref<HTMLAnchorElement>;
}
interface LinkButtonProps extends Omit<ButtonProps, 'href'>, Omit<Html, keyof ButtonProps> {
  readonly ref?: Ref<HTMLAnchorElement>;
}

/** A link to another page of the portal: `<Link to="/p/$project" params={{ project }}>`. */
export const Link = createLink((props: LinkAnchorProps) => <Anchor {...props} />);

/** The same, looking like a button. */
export const LinkButton = createLink((props: LinkButtonProps) => (
  <Button component="a" {...props} />
));
