/** One challenge of a `WWW-Authenticate` header; parameter names and the scheme are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_HEADER_LENGTH = 8192;

const separators = /[\s,]*/y;
const schemeToken = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?=\s|,|$)/y;
const parameter =
  /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z:/?=-]+))/y;

/**
 * The challenges of a `WWW-Authenticate` header (RFC 9110 section 11.6.1), several joined by
 * commas. What follows text outside the grammar is dropped, so a broken header gives fewer
 * challenges, never wrong ones.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  if (header.length > MAX_HEADER_LENGTH) return challenges;
  let at = skip(header, 0);
  while (at < header.length) {
    const pair = matchAt(parameter, header, at);
    const current = challenges.at(-1);
    if (pair !== undefined && current !== undefined) {
      const [text, name = '', quoted, token = ''] = pair;
      const value = quoted === undefined ? token : quoted.replaceAll(/\\(.)/g, '$1');
      const key = name.toLowerCase();
      if (!current.parameters.has(key)) current.parameters.set(key, value);
      at = skip(header, at + text.length);
      continue;
    }
    const scheme = matchAt(schemeToken, header, at);
    if (scheme === undefined) return challenges;
    challenges.push({ scheme: scheme[0].toLowerCase(), parameters: new Map() });
    at = skip(header, at + scheme[0].length);
  }
  return challenges;
}

function skip(text: string, from: number): number {
  return from + (matchAt(separators, text, from)?.[0].length ?? 0);
}

function matchAt(pattern: RegExp, text: string, from: number): RegExpExecArray | undefined {
  pattern.lastIndex = from;
  return pattern.exec(text) ?? undefined;
}
