import type { ReactNode } from 'react';
import { type ArtifactReference, presentReference } from '../../lib/reference.ts';
import { Link } from '../../ui/link.tsx';

interface ReferenceLinkProps extends ArtifactReference {
  readonly project: string;
  readonly children: ReactNode;
}

/** A link to a repository, or to an artifact of it. */
export function ReferenceLink({ project, children, ...reference }: ReferenceLinkProps) {
  return (
    <Link inherit to="/p/$project/r/$" params={{ project, _splat: presentReference(reference) }}>
      {children}
    </Link>
  );
}
