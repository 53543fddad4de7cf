import type { Names } from '../names.ts';

/** What a text of the back end may tell a client of one tenant. */
export interface NameView {
  /**
   * The text with the back end's names as people know them; undefined when it would still tell
   * what is not for them.
   */
  present(text: string): string | undefined;
}

export interface NameViewOptions {
  readonly names: Names;
  readonly tenant: string;
  /** The repository that was asked for, as people name it and as the back end does. */
  readonly repository: string;
  readonly stored: string;
  /** Hosts of the back end; with one, no URL is shown either. */
  readonly hosts: readonly string[];
}

const WORD = /[a-z0-9]+(?:[._-]+[a-z0-9]+)*/g;
const NAME_CHARACTER = /[a-zA-Z0-9._-]/;

export function createNameView(options: NameViewOptions): NameView {
  const { names, tenant, repository, stored, hosts } = options;
  // For library they are the same.
  const known = stored === repository ? undefined : stored;
  const secrets = [`${tenant}-image-`, `${tenant}-chart-`];

  function presentWord(word: string): string {
    const container = names.fromProject(word);
    if (container === undefined) return word;
    return container.tenant === tenant ? container.name : 'another';
  }

  function namesHost(text: string): boolean {
    const lower = text.toLowerCase();
    return (
      hosts.length > 0 && (lower.includes('://') || hosts.some((host) => lower.includes(host)))
    );
  }

  return {
    present(text) {
      if (namesHost(text)) return undefined;
      const pieces = known === undefined ? [text] : splitAtName(text, known);
      const shown = pieces.map((piece) => piece.replaceAll(WORD, presentWord)).join(repository);
      const lower = shown.toLowerCase();
      return secrets.some((secret) => lower.includes(secret)) ? undefined : shown;
    },
  };
}

/** The pieces between whole occurrences of a name: `a/b` is not in `a/bc`, and not in `xa/b`. */
function splitAtName(text: string, name: string): string[] {
  const pieces: string[] = [];
  let begin = 0;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const isWhole =
      at >= begin &&
      !NAME_CHARACTER.test(text.charAt(at - 1)) &&
      !NAME_CHARACTER.test(text.charAt(at + name.length));
    if (!isWhole) continue;
    pieces.push(text.slice(begin, at));
    begin = at + name.length;
  }
  return [...pieces, text.slice(begin)];
}
