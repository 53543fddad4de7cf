import type { Runtime } from './preferences.ts';

/** A reference in full, as clients take it: `host/project/repository:tag` or `…@sha256:…`. */
export type FullReference = string;

/** The command that pulls an image with a client. */
export function pullCommand(runtime: Runtime, reference: FullReference): string {
  switch (runtime) {
    case 'ctr':
      return `ctr images pull ${reference}`;
    case 'skopeo':
      return `skopeo copy docker://${reference} oci:image`;
    case 'docker':
    case 'podman':
    case 'nerdctl':
    case 'crictl':
    case 'oras':
      return `${runtime} pull ${reference}`;
  }
}

/** The command that pulls a chart; its version is the tag, whose `_` stands for `+`. */
export function helmPullCommand(repository: string, tag: string): string {
  return `helm pull oci://${repository} --version ${tag.replaceAll('_', '+')}`;
}

/** Quotes for a shell what it would read otherwise, such as the `$` of a robot's name. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
